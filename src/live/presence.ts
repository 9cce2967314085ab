import type { Session } from '../commands/command.ts';
import { encodeEvent } from '../protocol/event.ts';
import type { Hub } from './hub.ts';

/** Changes are told together, so late at the most; who comes back meanwhile was never away. */
export const GATHER_MS = 250;

/** Tells listeners who comes and who goes: users, whatever the number of their sessions. */
export class Presence {
  readonly #hub: Hub;
  readonly #online: () => readonly Session[];
  /** As the listeners know it; undefined while nobody listens. */
  #known: ReadonlySet<string> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: Hub, online: () => readonly Session[]) {
    this.#hub = hub;
    this.#online = online;
  }

  /** Somebody begins to listen: what changes from now on is told. */
  watch(): void {
    this.#known ??= this.#present();
  }

  /** Somebody may have come or gone. */
  changed(): void {
    if (this.#known && !this.#timer) this.#timer = setTimeout(() => this.#tell(), GATHER_MS).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    if (!this.#hub.attended) {
      this.#known = undefined;
      return;
    }
    const before = this.#known!;
    const now = this.#present();
    this.#known = now;
    for (const username of before) if (!now.has(username)) this.#say(username, false);
    for (const username of now) if (!before.has(username)) this.#say(username, true);
  }

  #say(username: string, online: boolean): void {
    this.#hub.tellAll(encodeEvent({ event: 'presence', username, online }));
  }

  #present(): ReadonlySet<string> {
    return new Set(this.#online().map(({ account }) => account.username));
  }
}
