import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../printable.ts';
import { joinAll } from './join.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { Pacer } from './pacer.ts';
import type { Game, Player } from './player.ts';
import { Schedule } from './schedule.ts';
import { Slot, type Strain, type ThreadReport, type ThreadTask } from './thread-messages.ts';
import { Timings } from './timings.ts';

const EXAMPLES = 5;

/** The connections of one client thread: those at work, and the idle ones beside them. */
export class Team {
  readonly #task: ThreadTask;
  readonly #ledger: Ledger;
  readonly #game: Game;
  readonly #stopped = new AbortController();
  readonly #examples: string[] = [];
  readonly #lanes: Lanes[] = [];
  #players: readonly Player[] = [];
  #idle: readonly Player[] = [];
  #idleAlive = 0;
  #pacer: Pacer | undefined;
  #ended = false;

  constructor(task: ThreadTask) {
    const { run, usernames, connections, round, tally } = task;
    this.#task = task;
    this.#ledger = new Ledger(run, usernames);
    this.#game = {
      usernames: [...new Set(usernames.slice(0, connections))],
      round,
      ledger: this.#ledger,
      // Until it is measured nobody looks at them.
      timings: new Timings(),
      wrong: (what) => {
        Atomics.add(tally, Slot.wrong, 1);
        if (this.#examples.length < EXAMPLES) this.#examples.push(printable(what));
      },
    };
  }

  /** Ends early what goes on, and what is still to come. */
  stop(): void {
    this.#stopped.abort();
  }

  async seatIdle(): Promise<void> {
    const { target, seats, tally } = this.#task;
    this.#idle = await joinAll(target, seats.idle, this.#game, {
      joined: () => Atomics.add(tally, Slot.joined, 1),
      signal: this.#stopped.signal,
    });
    await Promise.all(this.#idle.map((player) => player.drain()));
  }

  async join(): Promise<void> {
    const { target, seats, connections, rampUp, tally } = this.#task;
    const { signal } = this.#stopped;
    if (rampUp > 0) this.#startPacer();
    const waiting = rampUp > 0 ? sleep(rampUp, undefined, { signal }) : undefined;
    this.#players = await joinAll(target, seats.active, this.#game, {
      begins: ({ number }) => (rampUp * number) / connections,
      joined: (player) => {
        Atomics.add(tally, Slot.joined, 1);
        if (rampUp > 0) this.#begin(player);
      },
      signal,
    });
    await waiting?.catch(() => {});
  }

  async play(duration: number): Promise<Strain> {
    const { rampUp, seats, timings } = this.#task;
    this.#game.timings = new Timings(timings);
    this.#pacer?.late.reset();
    const loop = performance.eventLoopUtilization();
    const cpu = process.threadCpuUsage();
    const began = performance.now();
    if (rampUp === 0) {
      this.#startPacer();
      // When it was stopped, some seats are empty and nobody plays.
      if (this.#players.length === seats.active.length) {
        for (const player of this.#players) this.#begin(player);
      }
    }
    const over = sleep(duration, undefined, { signal: this.#stopped.signal }).catch(() => {});
    const allGone = Promise.all(this.#lanes.map(({ gone }) => gone));
    await (this.#lanes.length > 0 ? Promise.race([over, allGone]) : over);
    this.#pacer?.end((waited) => this.#game.timings.record('not sent', waited));
    this.#ended = true;
    const { utilization } = performance.eventLoopUtilization(loop);
    const { user, system } = process.threadCpuUsage(cpu);
    const share = (user + system) / 1000 / (performance.now() - began);
    await Promise.all(this.#lanes.map((lanes) => lanes.done()));
    return { busy: utilization, cpu: share, late: this.#pacer?.late };
  }

  async drain(): Promise<void> {
    await Promise.all(this.#players.map((player) => player.drain()));
    const answered = await Promise.all(this.#idle.map((player) => player.drain()));
    this.#idleAlive = answered.filter(Boolean).length;
  }

  async leave(): Promise<ThreadReport> {
    await Promise.all([...this.#players, ...this.#idle].map((player) => player.leave()));
    return {
      page: this.#ledger.page,
      idle: { connections: this.#idle.length, alive: this.#idleAlive },
      examples: this.#examples,
    };
  }

  #startPacer(): void {
    const { rate, connections, seats } = this.#task;
    if (rate === undefined || seats.active.length === 0) return;
    const numbers = seats.active.map(({ number }) => number);
    this.#pacer = new Pacer(new Schedule(rate, connections), numbers);
  }

  #begin(player: Player): void {
    const move = (begun: number): Promise<boolean> => player.move(begun);
    const { depth } = this.#task;
    if (this.#pacer) this.#lanes.push(this.#pacer.begin(player.seat.number, move, depth));
    else {
      const lanes = new Lanes(move, depth, () => (this.#ended ? undefined : performance.now()));
      this.#lanes.push(lanes);
      lanes.fill();
    }
  }
}
