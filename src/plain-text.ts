/** Bytes that people's programs wrote are no text; the message is the rest of a sentence that begins with what they are in. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}

/** Of UTF-16 every other byte of a Latin letter is a NUL, and its byte order mark is not UTF-8. */
const UTF_16 = /^(?:\ufffd\ufffd|\ufffd?.?\0)/s;

/**
 * What a person's file or stdin says, decoded as UTF-8, without the byte order mark that some programs write before it. The beginning of a
 * text will do: what is wrong shows there.
 *
 * @throws NotTextError when it is UTF-16, as other such programs write, is not UTF-8 at all, or holds NULs.
 */
export function plainText(decoded: string): string {
  if (UTF_16.test(decoded)) throw new NotTextError('is UTF-16; save it as UTF-8');
  if (decoded.includes('\ufffd')) throw new NotTextError('is not valid UTF-8; save it as UTF-8');
  if (decoded.includes('\0')) throw new NotTextError('holds NUL bytes, so it is no text, or damaged');
  return decoded.replace(/^\ufeff/, '');
}
