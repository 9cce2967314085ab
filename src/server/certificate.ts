import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { ServerSettings } from '../config.ts';
import type { Log } from '../log.ts';
import { NotTextError, plainText } from '../plain-text.ts';
import { StartupError } from '../startup-error.ts';

const DAY_MS = 24 * 3_600_000;
const WARN_BEFORE_DAYS = 14;

/** The files that hold the server's certificate, with the chain behind it if there is one, and its private key, both PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The files that the settings name; undefined without TLS. */
export const certificateFiles = ({ tlsCert, tlsKey }: ServerSettings): CertificateFiles | undefined =>
  tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined;

/** Loads the files again; undefined when they are no good, which the log then says. */
export function reloadCertificate(files: CertificateFiles, log: Log): SecureContextOptions | undefined {
  try {
    return loadCertificate(files, log);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    log.write('error', `the TLS certificate stays as it was: ${error.message}`);
    return undefined;
  }
}

/**
 * Reads and checks the files, says in the log what they hold, and returns what a thread needs to make a TLS context.
 *
 * @throws StartupError with one sentence, which never holds anything of the key.
 */
export function loadCertificate(files: CertificateFiles, log: Log, now = Date.now()): SecureContextOptions {
  const cert = read('certificate', files.cert);
  const key = read('key', files.key);
  const certificate = parseCertificate(cert, files.cert);
  if (!certificate.checkPrivateKey(parseKey(key, files.key))) {
    throw new StartupError(
      `the TLS key in ${files.key} does not belong to the first certificate in ${files.cert}; name the key that the certificate was made for, and put the server's own certificate first`,
    );
  }
  const context: SecureContextOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    // A ticket is good only in the thread that made it, and a client comes back to another one. Keys shared by all threads
    // would have to be changed often, or who gets hold of one reads what was said before.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
  try {
    createSecureContext(context);
  } catch (error) {
    const { reason = 'unknown' } = error as { reason?: string };
    throw new StartupError(
      `TLS does not take the certificate in ${files.cert} with the key in ${files.key} (${reason}); have a new one made`,
    );
  }
  describe(certificate, log, now);
  return context;
}

function read(what: 'certificate' | 'key', file: string): string {
  try {
    return plainText(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`the TLS ${what} in ${file} ${error.message}`);
    const flag = what === 'key' ? '--tls-key' : '--tls-cert';
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EACCES: 'permission denied' };
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `cannot read the TLS ${what} in ${file} (${reasons[code] ?? code}); name a PEM file that this user may read with ${flag}`,
    );
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new StartupError(`${file} holds no certificate in PEM form; name one that does with --tls-cert`);
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new StartupError(
      pem.includes('ENCRYPTED')
        ? `the TLS key in ${file} is encrypted and nobody could type its passphrase; write it without one, for example with openssl pkey -in ${file} -out FILE`
        : `${file} holds no private key in PEM form; name one that does with --tls-key`,
    );
  }
}

function describe(certificate: X509Certificate, log: Log, now: number): void {
  const { subject, subjectAltName, validFromDate, validToDate } = certificate;
  const days = Math.floor((validToDate.getTime() - now) / DAY_MS);
  log.write('info', 'TLS certificate', {
    subject: oneLine(subject),
    names: subjectAltName ?? 'none',
    expires: validToDate.toISOString(),
  });
  const warn = (what: string): void =>
    log.write('warn', `the TLS certificate ${what}: put a new one in its place and send SIGHUP`);
  if (days < 0) warn('has expired and clients will refuse it');
  else if (days < WARN_BEFORE_DAYS) warn(`expires in ${days} days`);
  if (validFromDate.getTime() > now) {
    log.write(
      'warn',
      `the TLS certificate is not valid before ${validFromDate.toISOString()}; check the clock`,
    );
  }
}

/** A subject has a line for each of its parts. */
const oneLine = (subject: string): string => subject.split('\n').join(', ');
