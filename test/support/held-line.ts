import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A TCP connection for a client's TLS, on which the test decides when what TLS sends leaves, and how it is cut. */
export class HeldLine extends Duplex {
  readonly tcp: Socket;
  /** Each write leaves in pieces of this many bytes. */
  pieces = Number.POSITIVE_INFINITY;
  #held: Buffer[] | undefined;

  constructor(port: number) {
    super();
    this.tcp = connect({ port, host: '127.0.0.1', noDelay: true });
    this.tcp.on('data', (chunk) => this.push(chunk));
    this.tcp.on('error', () => {});
    this.tcp.on('close', () => this.destroy());
  }

  /** From now on nothing leaves. */
  hold(): void {
    this.#held ??= [];
  }

  /** How many bytes are held. */
  get heldBytes(): number {
    return Buffer.concat(this.#held ?? []).length;
  }

  /** Lets the first `count` held bytes leave. */
  async release(count: number): Promise<void> {
    const held = Buffer.concat(this.#held ?? []);
    this.#held = [held.subarray(count)];
    await this.#send(held.subarray(0, count));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#held) this.#held.push(chunk);
    void (this.#held ? Promise.resolve() : this.#send(chunk)).then(done);
  }

  override _final(done: () => void): void {
    this.tcp.end(done);
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.tcp.destroy();
    done();
  }

  async #send(bytes: Buffer): Promise<void> {
    const size = Math.min(this.pieces, bytes.length || 1);
    for (let start = 0; start < bytes.length; start += size) {
      await new Promise<void>((resolve) =>
        this.tcp.write(bytes.subarray(start, start + size), () => resolve()),
      );
    }
  }
}
