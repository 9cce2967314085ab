import { Wire } from './wire.ts';

export type HeardEvent = Record<string, unknown> & { readonly event: string };

/** A connection whose replies and events are told apart; events are kept in the order in which they came. */
export class Listening {
  readonly wire: Wire;
  readonly events: HeardEvent[] = [];
  #taken = 0;

  private constructor(wire: Wire) {
    this.wire = wire;
  }

  static async open(port: number): Promise<Listening> {
    return new Listening(await Wire.open(port));
  }

  /** One request and its reply. */
  async ask(line: string): Promise<Record<string, unknown>> {
    await this.wire.write(`${line}\r\n`);
    for (;;) {
      const reply = await this.#next();
      if (reply) return reply;
    }
  }

  /** The next event that has not been taken, of one kind. */
  async next(kind: string): Promise<HeardEvent> {
    for (;;) {
      while (this.#taken < this.events.length) {
        const event = this.events[this.#taken++]!;
        if (event.event === kind) return event;
      }
      const reply = await this.#next();
      if (reply) throw new Error(`a reply that nobody asked for: ${JSON.stringify(reply)}`);
    }
  }

  /** Undefined when it is an event. */
  async #next(): Promise<Record<string, unknown> | undefined> {
    const heard = JSON.parse(await this.wire.reply()) as Record<string, unknown>;
    if (!('event' in heard)) return heard;
    this.events.push(heard as HeardEvent);
    return undefined;
  }
}
