import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadCertificate } from '../../src/server/certificate.ts';
import { StartupError } from '../../src/startup-error.ts';
import { keyFile } from '../support/keys.ts';
import { quietLog } from '../support/quiet-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

const files = (cert: string, key: string) => ({ cert: keyFile(cert), key: keyFile(key) });

/** What the log says of the first server's certificate at a time. */
function logAt(now: string): string[] {
  const log = quietLog();
  loadCertificate(files('server.pem', 'server-key.pem'), log, Date.parse(now));
  return log.lines;
}

test('what was loaded is in the log: subject, names and expiry, and nothing of the key', () => {
  const [line, ...more] = logAt('2026-01-01');
  expect(line).toBe(
    'info TLS certificate {"subject":"O=benang tests, CN=first test server","names":"DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1","expires":"2120-01-01T00:00:00.000Z"}',
  );
  expect(more).toEqual([]);
});

test.each([
  ['2119-12-17', undefined],
  ['2119-12-18T01:00', 'expires in 13 days'],
  ['2119-12-31T01:00', 'expires in 0 days'],
  ['2120-01-01T00:01', 'has expired'],
  ['2019-12-31', 'not valid before 2020-01-01T00:00:00.000Z'],
])('at %s it warns of: %s', (now, warning) => {
  const [, ...more] = logAt(now);
  expect(more).toHaveLength(warning === undefined ? 0 : 1);
  if (warning !== undefined) expect(more[0]).toMatch(new RegExp(`^warn .*${warning}`));
});

test('a chain behind the certificate, and both in one file', () => {
  const both = join(tempFolder(), 'both.pem');
  const parts = ['server.pem', 'ca.pem', 'server-key.pem'].map((name) => readFileSync(keyFile(name), 'utf8'));
  writeFileSync(both, parts.join(''));
  const { cert } = loadCertificate({ cert: both, key: both }, quietLog());
  expect(cert).toContain(parts[1]);
});

test('files that begin with a byte order mark', () => {
  const both = join(tempFolder(), 'both.pem');
  const parts = ['server.pem', 'server-key.pem'].map((name) => readFileSync(keyFile(name), 'utf8'));
  writeFileSync(both, `\ufeff${parts.join('').replaceAll('\n', '\r\n')}`);
  expect(loadCertificate({ cert: both, key: both }, quietLog()).cert).not.toContain('\ufeff');
  writeFileSync(both, Buffer.from(`\ufeff${parts.join('')}`, 'utf16le'));
  expect(() => loadCertificate({ cert: both, key: both }, quietLog())).toThrow(
    /both\.pem is UTF-16; save it as UTF-8$/,
  );
});

describe('what is no good is one sentence that says what to do', () => {
  test.each([
    [
      'absent.pem',
      'server-key.pem',
      /^cannot read the TLS certificate in .*absent\.pem \(there is no such file\); .*--tls-cert$/,
    ],
    [
      'server.pem',
      'absent.pem',
      /^cannot read the TLS key in .*absent\.pem \(there is no such file\); .*--tls-key$/,
    ],
    ['server.pem', '.', /^cannot read the TLS key in .* \(EISDIR\); .*--tls-key$/],
    ['server-key.pem', 'server-key.pem', /server-key\.pem holds no certificate in PEM form; .*--tls-cert$/],
    ['server.pem', 'server.pem', /server\.pem holds no private key in PEM form; .*--tls-key$/],
    ['server.pem', 'renewed-key.pem', /^the TLS key in .* does not belong to the first certificate in .*; /],
    [
      'server.pem',
      'encrypted-key.pem',
      /^the TLS key in .* is encrypted .*; write it without one, .*openssl/,
    ],
  ])('%s with %s', (cert, key, sentence) => {
    const load = (): unknown => loadCertificate(files(cert, key), quietLog());
    expect(load).toThrow(StartupError);
    expect(load).toThrow(sentence);
    expect(load).not.toThrow(/PRIVATE KEY|\n/);
  });
});
