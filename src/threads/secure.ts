import type { Socket } from 'node:net';
import type { SecureContext, SecureContextOptions, TLSSocket } from 'node:tls';
import type { TlsData } from './messages.ts';

/** A socket that speaks TLS, and what is known of the records that come on it. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly records: RecordStarts;
}

/** TLS in a connection's thread: the handshake and all encryption happen here, on the socket that main has moved here. */
export class Secure {
  // Loaded here and now: only threads that need it pay for it, and none while a client waits.
  readonly #tls = process.getBuiltinModule('node:tls');
  readonly #handshakeTimeout: number;
  #context: SecureContext;

  constructor({ context, handshakeTimeout }: TlsData) {
    this.#context = this.#tls.createSecureContext(context);
    this.#handshakeTimeout = handshakeTimeout;
  }

  /** Meets later connections with these credentials; those that there are keep theirs. */
  renew(context: SecureContextOptions): void {
    this.#context = this.#tls.createSecureContext(context);
  }

  /**
   * Begins the handshake. What is written meanwhile leaves behind it. When the handshake fails or takes too long the
   * socket is destroyed with an error that says why.
   */
  accept(carrier: Socket): Secured {
    const socket = new this.#tls.TLSSocket(carrier, { isServer: true, secureContext: this.#context });
    const seconds = this.#handshakeTimeout / 1000;
    // For the handshake as a whole; Node's own limit begins anew with every byte.
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no TLS handshake within ${seconds} s`));
    }, this.#handshakeTimeout);
    socket.once('secure', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    // Behind the handshake a record that does not decrypt is told by this event alone (nodejs/node#8803).
    socket.on('_tlsError', (error: Error) => socket.destroy(error));
    return { socket, records: new RecordStarts(carrier, socket) };
  }
}

/** Why a socket broke off; OpenSSL's own messages are long and name its source files. */
export const describeFailure = (error: Error & { readonly reason?: string }): string =>
  error.reason === undefined ? error.message : `TLS: ${error.reason}`;

/**
 * Tells whether what TLS gives us began to come before or behind a moment.
 *
 * TLS gives a record only when all of it is there, so the beginning of one may lie unseen in the decoder. That can be
 * one record at the most, and the first to be given: it began behind the moment if as many bytes have come since as a
 * record of its length takes. Bytes can be counted and not told apart, so a first record that came together with others, or
 * is padded, is not believed.
 */
export class RecordStarts {
  readonly #carrier: Pick<Socket, 'bytesRead'>;
  readonly #socket: Pick<TLSSocket, 'getProtocol' | 'getCipher'>;
  #cameBefore = 0;
  #first = false;

  /** `carrier`: the socket beneath TLS, which counts the bytes as they came. */
  constructor(carrier: Pick<Socket, 'bytesRead'>, socket: Pick<TLSSocket, 'getProtocol' | 'getCipher'>) {
    this.#carrier = carrier;
    this.#socket = socket;
  }

  /** The moment is now. All records that are there must have been given. */
  mark(): void {
    this.#cameBefore = this.#carrier.bytesRead;
    this.#first = true;
  }

  /** Whether the next record, of `length` bytes, which is given now, began behind the moment. Call it for each. */
  behind(length: number): boolean {
    if (!this.#first) return true;
    this.#first = false;
    return this.#carrier.bytesRead - this.#cameBefore === length + this.#overhead();
  }

  /** What a record takes beyond what is in it (RFC 8446, 5.2; RFC 5288, 3; RFC 7905, 2); NaN where that varies. */
  #overhead(): number {
    const [header, tag, type, nonce] = [5, 16, 1, 8];
    if (this.#socket.getProtocol() === 'TLSv1.3') return header + type + tag;
    const { name } = this.#socket.getCipher();
    if (name.includes('CHACHA20')) return header + tag;
    return name.includes('GCM') ? header + nonce + tag : Number.NaN;
  }
}
