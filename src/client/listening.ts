import type { ChatClient, Hear } from './client.ts';
import { ConnectionLostError } from './errors.ts';
import type { EventQueue } from './event-queue.ts';

/** A connection on which a session is in use. */
export interface Login {
  readonly client: ChatClient;
  readonly token: string;
}

/** A server that ends the listening so often without an event in between is in trouble. */
const MOST_FRUITLESS = 3;

/**
 * Fills the queue from whatever connection there is. A connection that is new, a listener that was dropped and a queue that was full all have
 * the same consequence: it listens again, behind the last event that was taken.
 *
 * From the moment it asks to listen until the reply nothing is taken, and then only what comes behind the reply: so what was under way
 * meanwhile neither comes twice nor leaves a gap.
 */
export class Listening {
  readonly #events: EventQueue;
  readonly #failed: (login: Login, error: Error) => void;
  /** Counts the times that it asked: only what belongs to the last one is taken. */
  #turn = 0;
  /** What comes is not taken: the program has to take some first. */
  #paused = false;
  #fruitless = 0;
  #sure = true;

  /** `failed` is called when it cannot listen on a connection any more. */
  constructor(events: EventQueue, failed: (login: Login, error: Error) => void) {
    this.#events = events;
    this.#failed = failed;
  }

  /**
   * While the queue is full the server is asked for what happens from now on, and that is not taken: so it does not send all that was
   * missed again and again to a program that takes it slowly. Not to read the connection would hold up the replies on it.
   *
   * @throws RefusedError when the server refuses.
   */
  async begin(login: Login): Promise<void> {
    const events = this.#events;
    const turn = ++this.#turn;
    const paused = events.full;
    this.#paused = paused;
    const hear: Hear = (event, size) => {
      if (turn !== this.#turn) return;
      if (event.event === 'dropped') this.#dropped(login);
      else if (!paused) {
        if (!events.put(event, size)) this.#again(login);
        else if ('id' in event) this.#fruitless = 0;
      }
    };
    await login.client.listen(login.token, paused ? undefined : events.reached, (since, sure) => {
      if (turn === this.#turn && !paused) events.begin(since);
      this.#sure = sure;
      return hear;
    });
  }

  /** False when the server could not tell, as it was asked last, whether something was missed. */
  get sure(): boolean {
    return this.#sure;
  }

  /** There may be room now. */
  resume(login: Login): void {
    if (this.#paused && !this.#events.full) this.#again(login);
  }

  #dropped(login: Login): void {
    if (++this.#fruitless <= MOST_FRUITLESS) this.#again(login);
    else this.#failed(login, new ConnectionLostError('the server tells no events'));
  }

  #again(login: Login): void {
    this.begin(login).catch((error) => this.#failed(login, error));
  }
}
