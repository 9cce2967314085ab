import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface TlsOptions {
  /** PEM: the certificates that are trusted; without it those that Node trusts. */
  readonly ca?: string;
}

/**
 * Speaks TLS over a connected socket; resolves when the server has shown a certificate that is trusted and is for `host`.
 * Whoever calls must destroy `carrier` when this rejects.
 */
export async function startTls(
  carrier: Socket,
  host: string,
  { ca }: TlsOptions,
  timeout: number,
): Promise<TLSSocket> {
  // Loaded here, so that a client without TLS starts without it.
  const { connect } = await import('node:tls');
  const socket = connect({
    socket: carrier,
    host,
    // The TLS extension for the name that is asked for takes no addresses (RFC 6066, 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    // Said outright, for NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default.
    rejectUnauthorized: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('secureConnect', resolve).once('error', reject);
  const timer = setTimeout(() => reject(new Error('no answer')), timeout);
  try {
    await promise;
  } catch (error) {
    // It may go on to fail.
    socket.on('error', () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  socket.off('error', reject);
  return socket;
}

const NOT_TRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'by a CA that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'by a CA that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'by a CA that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'by a CA that is not known here',
};

/** Why startTls failed and what to do about it, in one sentence. What strangers wrote may be in it. */
export function adviseOnTls(failure: unknown, host: string): string {
  const { code = '', cert } = failure as { code?: string; cert?: { subjectaltname?: string } };
  if (code in NOT_TRUSTED) {
    return `the server's certificate is not trusted (${NOT_TRUSTED[code]}): give its CA with --ca FILE`;
  }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the server's certificate is not for ${host}: connect to what it is for (${cert?.subjectaltname ?? 'nothing'})`;
    case 'CERT_HAS_EXPIRED':
      return "the server's certificate has expired: whoever runs the server has to renew it";
    case 'CERT_NOT_YET_VALID':
      return "the server's certificate is not valid yet: look at this machine's clock";
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'the server speaks no TLS: leave out --tls and --ca';
    default:
      return `TLS could not be started (${code || (failure as Error).message}): if the server speaks none, leave out --tls and --ca`;
  }
}
