import { expect, test } from '@jest/globals';
import { NotTextError, plainText } from '../src/plain-text.ts';

const decoded = (bytes: Buffer): string => bytes.toString('utf8');
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => utf16le(text).swap16();

test.each(['{"port": 1}\r\n', 'rahasia', '', 'résumé 漢字 😀', '中', 'a\ufeffb'])(
  '%j is itself, with a byte order mark or without',
  (text) => {
    expect(plainText(decoded(Buffer.from(text)))).toBe(text);
    expect(plainText(decoded(Buffer.from(`\ufeff${text}`)))).toBe(text);
  },
);

test.each(['{"port": 1}', 'auth messi surabaya', 'рыба', '漢字'])('%j in UTF-16 is told as that', (text) => {
  for (const bytes of [utf16le(`\ufeff${text}`), utf16be(`\ufeff${text}`)]) {
    expect(() => plainText(decoded(bytes))).toThrow(new NotTextError('is UTF-16; save it as UTF-8'));
  }
});

test('Latin letters in UTF-16 without a byte order mark, too', () => {
  for (const bytes of [utf16le('auth'), utf16be('auth')]) {
    expect(() => plainText(decoded(bytes))).toThrow('is UTF-16; save it as UTF-8');
  }
});

test('other bytes are no text', () => {
  expect(() => plainText(decoded(Buffer.from('r\u00e9sum\u00e9', 'latin1')))).toThrow('is not valid UTF-8');
  expect(() => plainText('{"port": 1}\0\0\0\0')).toThrow('holds NUL bytes');
});
