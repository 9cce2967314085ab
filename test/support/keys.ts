import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { root } from './program.ts';

/** A file of test/fixtures/test-keys, whose make.sh says what is there. */
export const keyFile = (name: string): string => join(root, 'test/fixtures/test-keys', name);

/** The server's flags for one of the certificates. */
export const tlsArgs = (name = 'server'): string[] => [
  '--tls-cert',
  keyFile(`${name}.pem`),
  '--tls-key',
  keyFile(`${name}-key.pem`),
];

/** The test CA, PEM. */
export const testCa = readFileSync(keyFile('ca.pem'), 'utf8');

/** What a test's own client needs to speak TLS with a server that has `tlsArgs`. */
export const trusting: ConnectionOptions = { ca: testCa };
