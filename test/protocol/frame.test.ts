import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, FrameDecoder } from '../../src/protocol/frame.ts';
import { chunked } from '../support/chunked.ts';

function decode(chunks: readonly Buffer[], maxBytes = 64): Frame[] {
  const decoder = new FrameDecoder(maxBytes);
  return chunks.flatMap((chunk, index) => decoder.push(chunk, index));
}

const content = (frames: readonly Frame[]): string[] =>
  frames.map((frame) => ('line' in frame ? frame.line : `! ${frame.fault}`));

describe('FrameDecoder', () => {
  const vectors: [name: string, bytes: string | Buffer, expected: string[]][] = [
    ['CRLF and bare LF', 'a\r\nb\n', ['a', 'b']],
    ['empty lines', '\r\n\n', ['', '']],
    ['only the last CR is the line end', 'a\r\r\nb\rc\n', ['a\r', 'b\rc']],
    ['nothing without a line end', 'abc', []],
    ['a NUL byte', 'a\0b\n', ['a\0b']],
    ['letters of two, three and four bytes', 'é€😀\r\n', ['é€😀']],
    ['a byte order mark stays', '\ufeffa\n', ['\ufeffa']],
    [
      'bytes that are not UTF-8 spoil their own line only',
      Buffer.from('a\xff\nb\n', 'latin1'),
      ['! not UTF-8', 'b'],
    ],
    ['half a letter', Buffer.from([0xc3, 0x0a]), ['! not UTF-8']],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80, 0x0a]), ['! not UTF-8']],
    ['exactly the limit', `${'x'.repeat(64)}\r\n`, ['x'.repeat(64)]],
    ['one byte more', `${'x'.repeat(65)}\r\n`, ['! too long']],
    ['the limit counts bytes', `${'é'.repeat(33)}\n`, ['! too long']],
    ['nothing is read behind a line that is too long', `${'x'.repeat(100)}\nb\n`, ['! too long']],
    ['too long without a line end', 'x'.repeat(1000), ['! too long']],
    ['HTTP, of which nothing more is read', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nauth a b\r\n', ['! foreign']],
    ['HTTP with bare line ends', 'GET /x HTTP/1.0\nauth a b\n', ['! foreign']],
    ['HTTP behind what is no request', 'x\n\nPUT /x HTTP/1.1\nauth a b\n', ['x', '', '! foreign']],
    ['HTTP with bytes that are not UTF-8', Buffer.from('GET /\xff HTTP/1.1\na\n', 'latin1'), ['! foreign']],
    ['HTTP whose first line is too long', `GET /${'x'.repeat(64)} HTTP/1.1\na\n`, ['! too long']],
    ['TLS without a line end', Buffer.from([0x16, 3, 1, 2, 0]), ['! foreign']],
    ['TLS with requests in it', Buffer.from('\x16\x03\x01\r\nauth a b\r\n', 'latin1'), ['! foreign']],
    ['TLS that breaks off', Buffer.from('\x16\x03\n', 'latin1'), ['! foreign']],
  ];

  test.each(vectors)('%s, whole and byte by byte', (_name, bytes, expected) => {
    const buffer = Buffer.from(bytes as string);
    expect(content(decode([buffer]))).toEqual(expected);
    expect(content(decode(chunked(buffer, 1)))).toEqual(expected);
  });

  test('a frame carries the mark of its first byte', () => {
    const frames = decode([Buffer.from('a\nb'), Buffer.from('b'), Buffer.from('b\nc\n')]);
    expect(frames.map(({ mark }) => mark)).toEqual([0, 0, 2]);
  });

  test('any chunking of any bytes gives the same frames', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r', '');
    const stream = fc
      .array(fc.tuple(line, end))
      .map((lines) => Buffer.concat(lines.flatMap(([bytes, ending]) => [bytes, Buffer.from(ending)])));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(50), { minLength: 1 }), (bytes, sizes) => {
        expect(content(decode(chunked(bytes, ...sizes)))).toEqual(content(decode([bytes])));
      }),
    );
  });

  test('what looks like another protocol is a line like others once the client is known', () => {
    const decoder = new FrameDecoder(64);
    decoder.known = true;
    const lines = 'GET / HTTP/1.1\n\x16\x03\n\x16\x03';
    expect(content(decoder.push(Buffer.from(lines, 'latin1'), 0))).toEqual(['GET / HTTP/1.1', '\x16\x03']);
    expect(decoder.foreign).toBeUndefined();
  });

  test('what is held stays within the limit', () => {
    const decoder = new FrameDecoder(64);
    decoder.push(Buffer.alloc(65, 'x'), 0);
    expect(decoder.exhausted).toBe(true);
    expect(decoder.push(Buffer.from('\nb\n'), 0)).toEqual([]);
  });
});
