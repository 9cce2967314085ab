import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ReplyDecoder } from '../../src/client/reply-decoder.ts';
import { chunked } from '../support/chunked.ts';

test('any chunking of any replies gives the same replies', () => {
  const reply = fc
    .dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }))
    .map((value) => JSON.stringify(value).replace(/[^ -~]/g, '?'));
  fc.assert(
    fc.property(fc.array(reply), fc.array(fc.nat(40), { minLength: 1 }), (replies, sizes) => {
      const decoder = new ReplyDecoder();
      const bytes = Buffer.from(replies.map((text) => `${text}\r\n\r\n`).join(''));
      expect(chunked(bytes, ...sizes).flatMap((chunk) => decoder.push(chunk))).toEqual(replies);
    }),
  );
});

test('half a reply is held back', () => {
  const decoder = new ReplyDecoder();
  expect(decoder.push(Buffer.from('{"a": 1}\r\n\r'))).toEqual([]);
  expect(decoder.push(Buffer.from('\n{"b"'))).toEqual(['{"a": 1}']);
  expect(decoder.push(Buffer.from(': 2}\r\n\r\n'))).toEqual(['{"b": 2}']);
});

test.each([
  ['SSH-2.0-OpenSSH_9.6\r\n', 'it says "SSH-2.0-OpenSSH_9.6"'],
  ['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'it says "HTTP/1.1 400 Bad Request"'],
  ['\r\n\r\n{"a": 1}\r\n\r\n', 'it says "{"a": 1}"'],
  ['{"a": "\u00e9"}\r\n\r\n', 'it sends bytes that are not ASCII'],
  [`{"a": 1}\r\n\r\n${'['.repeat(100)}`, `it says "${'['.repeat(60)}"`],
  [`{"a": "${'x'.repeat(100)}`, 'it sends a reply of more than 100 bytes'],
])(
  'what no server of ours sends is told as soon as it is there, and then nothing more: %j',
  (bytes, fault) => {
    for (const size of [1, 7, 1000]) {
      const decoder = new ReplyDecoder(100);
      const replies = chunked(Buffer.from(bytes), size).flatMap((chunk) => decoder.push(chunk));
      if (size === 1000) expect(decoder.fault).toBe(fault);
      else expect(decoder.fault).toMatch(/^it says|^it sends/);
      expect(decoder.push(Buffer.from('{}\r\n\r\n'))).toEqual([]);
      expect(replies.length).toBeLessThan(2);
    }
  },
);

test('a reply as long as may be, in bytes that come one by one or together', () => {
  const text = `{"a": "${'x'.repeat(90)}"}`;
  for (const size of [1, 50, 1000]) {
    const decoder = new ReplyDecoder(text.length + 4);
    const bytes = Buffer.from(`${text}\r\n\r\n`.repeat(3));
    expect(chunked(bytes, size).flatMap((chunk) => decoder.push(chunk))).toEqual([text, text, text]);
    expect(decoder.fault).toBeUndefined();
  }
});
