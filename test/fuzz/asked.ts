/**
 * What the brief makes of a client's bytes. Written from the brief and not from the server's sources, in another way
 * than theirs, so that the two do not share a mistake.
 */

/** The longest request, without its line end: the server's default for --max-request. */
export const MAX_REQUEST = 64 * 1024;

export type Asked =
  | { readonly kind: 'auth'; readonly username: string; readonly password: string }
  | { readonly kind: 'send'; readonly token: string; readonly username: string; readonly text: string }
  | { readonly kind: 'inbox' | 'sessions' | 'profile'; readonly token: string }
  /** `which` is empty when it is the token's own session. */
  | { readonly kind: 'logout'; readonly token: string; readonly which: string }
  | { readonly kind: 'passwd'; readonly token: string; readonly old: string; readonly fresh: string }
  /** The token is empty when none was given. */
  | { readonly kind: 'online'; readonly token: string }
  | { readonly kind: 'register' }
  | { readonly kind: 'unknown command' | 'missing argument' | 'not UTF-8' | 'too long' };

const LF = 0x0a;
const CR = 0x0d;
// A byte order mark is part of the text.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What one request asks for; `line` is without its LF. */
export function readRequest(line: Buffer): Asked {
  const request = line.at(-1) === CR ? line.subarray(0, -1) : line;
  if (request.length > MAX_REQUEST) return { kind: 'too long' };
  let words: string[];
  try {
    words = utf8.decode(request).split(' ');
  } catch {
    return { kind: 'not UTF-8' };
  }
  const [command, first, second] = words;
  switch (command) {
    case 'auth':
      if (first === undefined || second === undefined) return { kind: 'missing argument' };
      return { kind: 'auth', username: first, password: second };
    case 'send':
      if (words.length < 4) return { kind: 'missing argument' };
      return { kind: 'send', token: first!, username: second!, text: typed(words.slice(3).join(' ')) };
    case 'inbox':
    case 'sessions':
      return first === undefined ? { kind: 'missing argument' } : { kind: command, token: first };
    case 'logout':
      return first === undefined
        ? { kind: 'missing argument' }
        : { kind: command, token: first, which: second ?? '' };
    case 'register':
      return { kind: words.length < 5 ? 'missing argument' : command };
    case 'profile':
      return words.length < 4 ? { kind: 'missing argument' } : { kind: command, token: first! };
    case 'passwd':
      if (words.length < 4) return { kind: 'missing argument' };
      return { kind: command, token: first!, old: second!, fresh: words[3]! };
    case 'online':
      return { kind: 'online', token: first ?? '' };
    default:
      return { kind: 'unknown command' };
  }
}

/** A text without its framing: one space in front and one behind. */
function typed(text: string): string {
  const begun = text[0] === ' ' ? text.slice(1) : text;
  return begun.endsWith(' ') ? begun.slice(0, -1) : begun;
}

/** Cuts the bytes of one connection into requests. */
export class RequestReader {
  #pieces: Buffer[] = [];
  #length = 0;

  /** Whether the bytes so far end in the middle of a line. */
  get withinLine(): boolean {
    return this.#length > 0;
  }

  /** What the bytes ask for. A line that is too long asks as soon as that is certain; whatever follows it asks nothing. */
  push(bytes: Buffer): Asked[] {
    const asked: Asked[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      const request = readRequest(Buffer.concat([...this.#pieces, bytes.subarray(start, end)]));
      this.#pieces = [];
      this.#length = 0;
      asked.push(request);
      if (request.kind === 'too long') return asked;
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    if (rest.length === 0) return asked;
    this.#pieces.push(rest);
    this.#length += rest.length;
    // The last byte may still be the CR of the line's end.
    if (this.#length - (rest.at(-1) === CR ? 1 : 0) > MAX_REQUEST) asked.push({ kind: 'too long' });
    return asked;
  }
}
