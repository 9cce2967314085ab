/** Another protocol, whose client has come to the wrong port. */
export type Foreign = 'HTTP' | 'TLS';

/**
 * `METHOD TARGET HTTP/1.1`, whatever the method and its case, and the same of the protocols that were made after it. A target begins
 * with a slash, is an asterisk, or holds a colon, which no token does.
 */
const REQUEST_LINE = /^[^ \t]*[ \t]+(?:\/|\*|[^ \t/:]*:)[^\n]*[ \t][a-z]+\/\d+(?:\.\d+)?\s*$/i;
const HANDSHAKE = 0x16;
const VERSION = 0x03;

/** Whether a stream that begins with these bytes is TLS (RFC 8446, 5.1): no request begins so. Two bytes are enough. */
export const beginsTls = (bytes: Uint8Array): boolean => bytes[0] === HANDSHAKE && bytes[1] === VERSION;

/**
 * Whether a line is what a request of HTTP begins with. A web page can let the browsers of its visitors send requests to any port that
 * they can reach, on their own machines too, with a body that would be read as ours; but never without such a line before it.
 */
export const isRequestLine = (line: Buffer): boolean => REQUEST_LINE.test(line.toString('latin1'));

const EXPLANATION = 'This is a chat server. It does not speak HTTP: use a client of its own.\n';

export const foreignAnswers: Readonly<Record<Foreign, string>> = {
  /** For a person who opens the address in a browser. */
  HTTP: [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain',
    `Content-Length: ${EXPLANATION.length}`,
    'Connection: close',
    '',
    EXPLANATION,
  ].join('\r\n'),
  /** That it is no TLS tells a client's TLS that none is spoken here; of a bare close it could not know why. */
  TLS: 'This is a chat server, without TLS.\n',
};
