import { encodeEvent } from '../protocol/event.ts';
import type { Steps } from '../steps.ts';
import type { Hub } from './hub.ts';

/** Changes are told together, so late at the most; who comes back meanwhile was never away. */
export const GATHER_MS = 250;

/** So many characters of events are told in one piece. */
const PIECE_CHARACTERS = 64 * 1024;

interface Change {
  /** As the listeners know it. */
  readonly before: boolean;
  now: boolean;
}

/** Tells listeners who comes and who goes: users, whatever the number of their sessions. */
export class Presence {
  readonly #hub: Pick<Hub, 'attended' | 'tellAll'>;
  readonly #steps: Pick<Steps, 'begin'>;
  /** By username. */
  readonly #changes = new Map<string, Change>();
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: Pick<Hub, 'attended' | 'tellAll'>, steps: Pick<Steps, 'begin'>) {
    this.#hub = hub;
    this.#steps = steps;
  }

  /** A user has come or gone. */
  changed(username: string, online: boolean): void {
    const change = this.#changes.get(username);
    if (change) change.now = online;
    // Whoever begins to listen later asks who is there.
    else if (this.#hub.attended) this.#changes.set(username, { before: !online, now: online });
    if (this.#changes.size > 0) this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS).unref();
  }

  #tell(): void {
    this.#steps.begin('presence');
    this.#timer = undefined;
    const changed = [...this.#changes].filter(([, { before, now }]) => before !== now);
    this.#changes.clear();
    // Who has gone first.
    changed.sort(([, a], [, b]) => Number(a.now) - Number(b.now));
    let text = '';
    for (const [username, { now: online }] of changed) {
      text += encodeEvent({ event: 'presence', username, online });
      if (text.length < PIECE_CHARACTERS) continue;
      this.#hub.tellAll(text);
      text = '';
    }
    if (text !== '') this.#hub.tellAll(text);
  }
}
