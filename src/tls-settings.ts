import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { TlsOptions } from './client/secure.ts';
import { NotTextError, plainText } from './plain-text.ts';
import { StartupError } from './startup-error.ts';

/** The settings that clients share: whether and how they speak TLS. */
export const tlsSettings = {
  tls: z.boolean().default(false).meta({ description: 'speak TLS', flagOnly: true }),
  ca: z.string().min(1, 'must not be empty').optional().meta({
    value: 'FILE',
    description: "speak TLS and trust this CA, or the server's self-signed certificate (PEM), and no other",
  }),
};

/**
 * What these settings mean; undefined without TLS.
 *
 * @throws StartupError when the CA's file is no good.
 */
export function tlsOptions({ tls, ca }: { tls: boolean; ca?: string | undefined }): TlsOptions | undefined {
  if (ca === undefined) return tls ? {} : undefined;
  try {
    const pem = plainText(readFileSync(ca, 'utf8'));
    new X509Certificate(pem);
    return { ca: pem };
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`${ca} ${error.message}`);
    const { code, syscall } = error as NodeJS.ErrnoException;
    const why = syscall ? `cannot be read (${code})` : 'holds no certificate in PEM form';
    throw new StartupError(`${ca} ${why}; name the CA's certificate with --ca`);
  }
}
