import type { Address } from './address.ts';
import { RequestReader } from './asked.ts';
import type { Expected } from './expected.ts';
import { Fault } from './fault.ts';
import { Oracle } from './oracle.ts';
import type { World } from './world.ts';

/** What was asked on one connection, and which replies must come for it, in their order. */
export class Conversation {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #reader = new RequestReader();
  readonly #owed: Expected[] = [];
  #asked = 0;
  #over = false;
  #finished = false;

  constructor(world: World, address: Address) {
    this.#world = world;
    this.#oracle = new Oracle(world, address, () => this.owed === 0 && !this.#reader.withinLine);
  }

  /** How many requests there were. */
  get asked(): number {
    return this.#asked;
  }

  /** How many replies are still to come. */
  get owed(): number {
    return this.#owed.length;
  }

  /** A request was too long: the server closes behind that reply. */
  get over(): boolean {
    return this.#over;
  }

  /** These bytes are about to be written. */
  write(bytes: Buffer): void {
    this.#world.tick();
    if (this.#over) return;
    this.#oracle.overtake();
    for (const asked of this.#reader.push(bytes)) {
      this.#asked++;
      this.#world.tally.requests++;
      this.#over ||= asked.kind === 'too long';
      this.#owed.push(this.#oracle.expect(asked));
    }
  }

  /** What was written last may reach the server in pieces, of which one may look as if it were written behind a reply. */
  scatter(): void {
    this.#oracle.overtake();
  }

  /** The end is about to be written. */
  finish(): void {
    this.#world.tick();
    this.#finished = true;
    this.#oracle.overtake();
  }

  /** @throws Fault when this is not the reply that must come now. */
  reply(reply: string): void {
    this.#world.tick();
    this.#oracle.prove();
    const expected = this.#owed.shift();
    if (!expected) throw new Fault('a reply came that nobody asked for');
    try {
      this.#world.tally.reply(expected.kind, expected.check(reply));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault(`the reply to ${expected.kind} ${error.message}`, { cause: error });
    }
  }

  /** The server has closed. @throws Fault when it owed a reply, or nobody had asked it to. */
  close(): void {
    this.#world.tick();
    this.#oracle.prove();
    this.#oracle.leave(true);
    const [oldest] = this.#owed;
    if (oldest) throw new Fault(`the server closed owing ${this.owed} replies, the first to ${oldest.kind}`);
    if (!this.#finished && !this.#over) throw new Fault('the server closed and nobody had asked it to');
  }

  /** The connection is broken off; no reply will be seen any more. */
  giveUp(): void {
    this.#world.tick();
    this.#world.tally.abandoned += this.owed;
    this.#oracle.leave(false);
    for (const { giveUp } of this.#owed.splice(0)) giveUp?.();
  }
}
