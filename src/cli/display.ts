import type { ServerReply } from '../client/replies.ts';
import { printable } from '../printable.ts';

const MESSAGES = '"messages": ';

/**
 * A reply's `messages` as the server wrote it: the order of its keys is kept, also of those that look like
 * numbers, which parsing would move. Escaped letters are shown as letters.
 */
export function showMessages({ text, body }: Pick<ServerReply, 'text' | 'body'>): string {
  const start = text.indexOf(MESSAGES);
  // Another server may write its JSON in another way.
  const json =
    start < 0
      ? JSON.stringify(body.messages ?? null)
      : text.slice(start + MESSAGES.length, text.lastIndexOf('}'));
  const readable = json.replace(/(?:\\u[0-9a-f]{4})+|\\./g, (sequence) => {
    if (!sequence.startsWith('\\u')) return sequence;
    const letters = JSON.parse(`"${sequence}"`) as string;
    // A quote or a backslash never comes as \u in our replies; if it did, it must stay one.
    return letters.isWellFormed() && !/["\\]/.test(letters) ? letters : sequence;
  });
  return printable(readable);
}

const NAMED_BYTES: Record<number, string> = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };

/** Bytes as Python prints them. Replies always hold a double quote, so Python's choice is the single one. */
export function pythonBytes(bytes: Uint8Array): string {
  const shown = Array.from(bytes, (byte) => {
    const named = NAMED_BYTES[byte];
    if (named) return named;
    const plain = byte >= 0x20 && byte < 0x7f;
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `b'${shown.join('')}'`;
}
