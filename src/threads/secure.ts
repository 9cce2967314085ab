import type { Socket } from 'node:net';
import type { SecureContext, SecureContextOptions, TLSSocket } from 'node:tls';
import type { TlsData } from './messages.ts';

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
  accept(carrier: Socket): TLSSocket {
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
    return socket;
  }
}

/** Why a socket broke off; OpenSSL's own messages are long and name its source files. */
export const describeFailure = (error: Error & { readonly reason?: string }): string =>
  error.reason === undefined ? error.message : `TLS: ${error.reason}`;

/** What a record takes beyond the bytes in it: header, nonce and tag, with the ciphers that are in use today. */
const RECORD_EXTRA = { least: 5 + 16, most: 5 + 8 + 16 };

/**
 * Tells whether what TLS gives us began to come before or behind a moment.
 *
 * TLS gives a record only when all of it is there, so the beginning of one may lie unseen in the decoder. That can be
 * one record at the most, and the first to be given: it began behind the moment if all of its bytes came behind it. Bytes
 * can be counted and not told apart, so a first record that came together with others, or is padded, is not believed.
 */
export class RecordStarts {
  readonly #carrier: Pick<Socket, 'bytesRead'>;
  #cameBefore = 0;
  #first = false;

  /** `carrier`: the socket beneath TLS, which counts the bytes as they came. */
  constructor(carrier: Pick<Socket, 'bytesRead'>) {
    this.#carrier = carrier;
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
    const extra = this.#carrier.bytesRead - this.#cameBefore - length;
    return extra >= RECORD_EXTRA.least && extra <= RECORD_EXTRA.most;
  }
}
