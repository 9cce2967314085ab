import { Fault } from './fault.ts';
import { checkMemory } from './memory.ts';
import { type Outcome, onStage, type Stage, type StageOptions } from './stage.ts';
import { Visitor } from './visitor.ts';

export interface FuzzOptions extends StageOptions {
  /** Everything that the visitors do follows from it. */
  readonly seed: number;
  /** About how many requests all visitors make together. */
  readonly requests: number;
  /** The number of the only visitor that comes; all of them if undefined. */
  readonly only?: number | undefined;
  /** Ends the run early and in order. */
  readonly interrupted: AbortSignal;
}

const LOOK_EVERY_MS = 200;
const QUARTERS = 4;
/** The sample from which on memory should not grow any more. */
const WARM = '50 %';

/** Lets visitors loose on a server of its own and checks all that it answers and what it takes of the machine. */
export const fuzz = (options: FuzzOptions): Promise<Outcome> =>
  onStage(options, (stage) => new Round(options, stage).play());

class Round {
  readonly #options: FuzzOptions;
  readonly #stage: Stage;
  readonly #visitors: readonly Visitor[];

  constructor(options: FuzzOptions, stage: Stage) {
    this.#options = options;
    this.#stage = stage;
    const { visitors, only } = options;
    const numbers = only === undefined ? [...Array(visitors).keys()] : [only];
    this.#visitors = numbers.map((number) => new Visitor(number, stage));
  }

  /** Goes on until everything is done, or a fault shows. */
  async play(): Promise<void> {
    const { watch, shared, faults } = this.#stage;
    const [first, ...others] = this.#visitors as [Visitor, ...Visitor[]];
    const phases: [string, () => Promise<unknown>][] = [
      ['logging in', () => first.arrive([shared])],
      ['logging in', () => this.#all((visitor) => visitor.arrive(), others)],
      ['waiting for all threads to be ready', () => watch.quiet('before')],
      ['', () => this.#visit()],
      ['reading what is left in the inboxes', () => this.#all((visitor) => visitor.readAll())],
      ['reading what is left in the inboxes', () => first.readAll([shared])],
      ['waiting for the server to be idle', () => watch.quiet('after', watch.samples[0])],
      ['looking who is left', () => this.#lookAround(first)],
    ];
    for (const [title, phase] of phases) {
      if (title) this.#options.progress(title);
      await phase().catch((error) => this.#stage.note(error));
      if (faults.length > 0) return;
    }
    this.#checkNothingLost();
    this.#checkMemory();
  }

  async #all(play: (visitor: Visitor) => Promise<void>, visitors = this.#visitors): Promise<void> {
    await Promise.all(visitors.map((visitor) => play(visitor).catch((error) => this.#stage.note(error))));
  }

  async #visit(): Promise<void> {
    const { seed, requests, visitors, interrupted, progress } = this.#options;
    const { world, watch, faults, note } = this.#stage;
    const each = requests / visitors;
    const all = each * this.#visitors.length;
    const start = performance.now();
    let quarter = 1;
    const look = setInterval(() => {
      const done = world.tally.answered + world.tally.abandoned;
      const rate = Math.round((done / (performance.now() - start)) * 1000);
      progress(`${done} of ${all} requests, ${rate}/s, ${world.tally.connections} connections, seed ${seed}`);
      if (quarter < QUARTERS && done >= (all * quarter) / QUARTERS) {
        watch.sample(`${(100 * quarter++) / QUARTERS} %`).catch(note);
      }
    }, LOOK_EVERY_MS);
    const isEnough = (): boolean => faults.length > 0 || interrupted.aborted;
    await this.#all((visitor) => visitor.visit(seed, each, isEnough));
    clearInterval(look);
    if (faults.length === 0) await watch.sample('100 %');
  }

  /** Everybody has gone, so only who looks is online. */
  async #lookAround(visitor: Visitor): Promise<void> {
    this.#stage.world.deserted();
    await visitor.lookAround();
  }

  /** All inboxes have been read to their ends. */
  #checkNothingLost(): void {
    const { world, note } = this.#stage;
    for (const { mailbox } of world.accounts.values()) {
      for (const { mayBeRead, text } of mailbox.flows.flatMap((flow) => flow.unseen())) {
        if (mayBeRead) world.tally.unseen++;
        else note(new Fault(`nobody ever got an acknowledged message: ${JSON.stringify(text)}`));
      }
    }
  }

  #checkMemory(): void {
    const { watch, world, note } = this.#stage;
    const warm = watch.samples.find(({ at }) => at === WARM);
    // A run that was interrupted may not have come so far.
    if (!warm) return;
    try {
      checkMemory(warm, watch.samples.at(-1)!, world.tally.requests / 2);
    } catch (error) {
      note(error);
    }
  }
}
