import { expect, test } from '@jest/globals';
import { describeFailure, RecordStarts } from '../../src/threads/secure.ts';

const ciphers = [
  ['TLSv1.3', 'TLS_AES_256_GCM_SHA384', 22],
  ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 29],
  ['TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305', 21],
] as const;

const over = (protocol: string, name: string, bytes = 1000) => {
  const carrier = { bytesRead: bytes };
  const cipher = { name, standardName: name, version: protocol };
  return {
    carrier,
    records: new RecordStarts(carrier, { getProtocol: () => protocol, getCipher: () => cipher }),
  };
};

test.each(ciphers)('%s %s: all of the record came behind the moment, or not', (protocol, name, overhead) => {
  for (const [came, behind] of [
    [40 + overhead, true],
    [40 + overhead - 1, false],
    [1, false],
    [40 + overhead + 1, false],
  ] as const) {
    const { carrier, records } = over(protocol, name);
    records.mark();
    carrier.bytesRead += came;
    expect(records.behind(40)).toBe(behind);
    // Where the first one ended the next one began.
    expect(records.behind(40)).toBe(true);
  }
});

test('without a moment all is behind it; where the size of a record varies the first is not believed', () => {
  const { carrier, records } = over('TLSv1.2', 'ECDHE-ECDSA-AES256-SHA');
  expect(records.behind(40)).toBe(true);
  records.mark();
  carrier.bytesRead += 40 + 29;
  expect(records.behind(40)).toBe(false);
  expect(records.behind(40)).toBe(true);
});

test('failures are told in OpenSSL’s short form', () => {
  const error = Object.assign(new Error('00E8:error:0A00010B:…:tlsany_meth.c:78:'), {
    reason: 'wrong version number',
  });
  expect(describeFailure(error)).toBe('TLS: wrong version number');
  expect(describeFailure(new Error('read ECONNRESET'))).toBe('read ECONNRESET');
});
