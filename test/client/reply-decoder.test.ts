import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ReplyDecoder } from '../../src/client/reply-decoder.ts';
import { chunked } from '../support/chunked.ts';

test('any chunking of any replies gives the same replies', () => {
  const reply = fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value).replace(/[^ -~]/g, '?'));
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
