import { expect, test } from '@jest/globals';
import { beginsTls, foreignAnswers, isRequestLine } from '../../src/protocol/foreign.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-000000000000';

test.each([
  'GET / HTTP/1.1',
  'POST /send?x=1 HTTP/1.1\r',
  'post / http/1.0',
  'patch /x HTTP/1.1',
  'auth / HTTP/1.1',
  'send /messi HTTP/1.1',
  'register http://127.0.0.1:8889/x HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT 127.0.0.1:8889 HTTP/1.1',
  'PRI * HTTP/2.0',
  'GET /with a space HTTP/1.1',
  'GET  /two-spaces  HTTP/1.1  ',
  "X!#$%&'*+-.^_`|~9 / HTTP/3",
  'DESCRIBE rtsp://x/y RTSP/1.0',
  'INVITE sip:a@b SIP/2.0',
])('%j begins a request of another protocol', (line) => {
  expect(isRequestLine(Buffer.from(line))).toBe(true);
});

test.each([
  '',
  'x',
  'GET /',
  'auth messi HTTP/1.1',
  'auth messi surabaya',
  `search ${TOKEN} HTTP/1.1`,
  `send ${TOKEN} lineker  see https://example.org/ with HTTP/1.1 `,
  `post ${TOKEN} key #lab GET / HTTP/1.1`,
  `online ${TOKEN}`,
  'Host: 127.0.0.1:8889',
])('%j does not', (line) => {
  expect(isRequestLine(Buffer.from(line))).toBe(false);
});

test('it is soon told of the longest lines', () => {
  const long = 100_000;
  for (const piece of [' ', 'a ', '/', ':', ' a/1', ' HTTP/1.1', '1', '\t']) {
    for (const start of ['', 'GET / ', 'GET / HTTP/1', 'GET ']) {
      expect(isRequestLine(Buffer.from(`${start}${piece.repeat(long / piece.length)}x`))).toBe(false);
    }
  }
});

test('TLS is told by its first two bytes', () => {
  expect(beginsTls(Buffer.from([0x16, 3, 1]))).toBe(true);
  expect(beginsTls(Buffer.from([0x16]))).toBe(false);
  expect(beginsTls(Buffer.from('\x16x'))).toBe(false);
});

test('the answer is whole', () => {
  const [head, body] = foreignAnswers.HTTP.split('\r\n\r\n');
  expect(head).toContain(`Content-Length: ${body!.length}\r\n`);
});
