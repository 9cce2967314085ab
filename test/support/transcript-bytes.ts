const NAMED: Record<string, number> = { r: 13, n: 10, t: 9, '\\': 92 };

/** The bytes that a transcript's text stands for: `\r \n \t \\ \xNN` are bytes, everything else is UTF-8. */
export function toBytes(text: string): Buffer {
  const parts = text.split(/(\\x[0-9a-f]{2}|\\[rnt\\])/);
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\x/.test(part)) return Buffer.from(part.slice(2), 'hex');
      const byte = part.length === 2 && part[0] === '\\' ? NAMED[part[1]!] : undefined;
      return byte === undefined ? Buffer.from(part) : Buffer.from([byte]);
    }),
  );
}
