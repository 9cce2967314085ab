import { printable } from '../printable.ts';

/**
 * A reply's `messages` as the server wrote it: the order of its keys is kept, also of those that look like
 * numbers, which parsing would move. Escaped letters are shown as letters.
 */
export function showMessages(reply: string): string {
  const start = reply.indexOf('"messages": ');
  const json = reply.slice(start + '"messages": '.length, reply.lastIndexOf('}'));
  const readable = json.replace(/(?:\\u[0-9a-f]{4})+|\\./g, (sequence) => {
    if (!sequence.startsWith('\\u')) return sequence;
    const text = JSON.parse(`"${sequence}"`) as string;
    // A quote or a backslash never comes as \u in our replies; if it did, it must stay one.
    return text.isWellFormed() && !/["\\]/.test(text) ? text : sequence;
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
