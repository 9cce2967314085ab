import { connect, type Socket } from 'node:net';
import { ConnectionLostError } from './errors.ts';
import { adviseOnTls, startTls, type TlsOptions } from './secure.ts';

export interface ReachOptions {
  readonly host: string;
  readonly port: number;
  /** How long connecting may take, in milliseconds. */
  readonly timeout: number;
  /** Set: speaks TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Aborted: the connection is dropped at once, also when it has been made. */
  readonly signal?: AbortSignal | undefined;
}

export interface Reached {
  readonly socket: Socket;
  /** The TCP socket: under TLS the one beneath, else the same. */
  readonly carrier: Socket;
}

/** A server that speaks no TLS may say nothing at all to it, so the handshake may take this share of the timeout. */
const HANDSHAKE_SHARE = 1 / 3;

/** @throws ConnectionLostError when the server cannot be reached, or TLS cannot be trusted. */
export async function reach(options: ReachOptions): Promise<Reached> {
  const carrier = await connected(options);
  const { host, port, tls, timeout } = options;
  if (!tls) return { socket: carrier, carrier };
  try {
    return { socket: await startTls(carrier, host, tls, timeout * HANDSHAKE_SHARE), carrier };
  } catch (cause) {
    carrier.destroy();
    const advice = adviseOnTls(cause, host);
    throw new ConnectionLostError(`cannot speak TLS with ${host}:${port}`, { cause, advice });
  }
}

async function connected(options: ReachOptions): Promise<Socket> {
  const socket = connect({ host: options.host, port: options.port, noDelay: true, signal: options.signal });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // For good: it may break before whoever called looks after it.
  socket.on('error', reject);
  socket.once('connect', resolve).once('timeout', () => reject(new Error('no answer')));
  socket.setTimeout(options.timeout);
  try {
    await promise;
  } catch (cause) {
    socket.destroy();
    throw new ConnectionLostError(`cannot reach ${options.host}:${options.port}`, { cause });
  }
  socket.setTimeout(0);
  return socket;
}
