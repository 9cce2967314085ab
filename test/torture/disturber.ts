import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import type { DiskTrouble } from './chatter.ts';
import type { Line } from './line.ts';
import type { Target } from './target.ts';

/** What is done to the server and its line, and how often beside each other. */
const DISTURBANCES = [
  [12, 'kill -9'],
  [2, 'end in order'],
  [12, 'reset connections'],
  [12, 'cut without a FIN'],
  [6, 'freeze the line'],
  [4, 'freeze the server'],
  [3, 'full disk'],
  [2, 'clock jump'],
] as const;
export type Disturbance = (typeof DISTURBANCES)[number][1];

const PAUSE_MS = [30, 900] as const;
const FREEZE_MS = [50, 1200] as const;
const SILENCE_MS = [500, 4000] as const;
const FULL_MS = [200, 1500] as const;
/** Some room is left, so that the disk becomes full in the middle of the work. */
const ROOM_BYTES = [0, 300_000] as const;
const JUMP_S = [-3 * 86_400, 3 * 86_400] as const;
const LARGEST_SHARE_PERCENT = 50;

/** Beside these each start chooses how threads are used. */
const SERVER_ARGS = ['--allow-drills', '--drain-timeout', '2s', '--slow-timeout', '3s', '--dead-after', '3s'];
const THREADS = [
  ['--spare-threads', '6'],
  ['--spare-threads', '0', '--max-threads', '6'],
  ['--threads', '2'],
];

/** Disturbs a server and its line, one thing after the other, as the seed has it. */
export class Disturber {
  readonly counts = Object.fromEntries(DISTURBANCES.map(([, name]) => [name, 0])) as Record<
    Disturbance,
    number
  >;
  readonly #target: Target;
  readonly #line: Line;
  readonly #random: Random;
  readonly #disk: DiskTrouble;

  constructor(target: Target, line: Line, random: Random, disk: DiskTrouble) {
    this.#target = target;
    this.#line = line;
    this.#random = random;
    this.#disk = disk;
  }

  async start(): Promise<void> {
    this.#line.leadTo(await this.#target.start([...SERVER_ARGS, ...this.#random.pick(THREADS)]));
  }

  /** Disturbs until told to stop; leaves a server that runs and a line that works. */
  async disturb(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      await sleep(this.#random.between(...PAUSE_MS));
      const disturbance = this.#random.weighted(DISTURBANCES);
      if (disturbance === 'clock jump' && !this.#target.clockJumps) continue;
      this.#target.check();
      await this.#do(disturbance);
      this.counts[disturbance]++;
    }
  }

  async #do(disturbance: Disturbance): Promise<void> {
    switch (disturbance) {
      case 'kill -9':
        await this.#target.kill();
        return this.#again();
      case 'end in order':
        await this.#target.stop();
        return this.#again();
      case 'reset connections':
        for (const pair of this.#some()) this.#line.reset(pair);
        return;
      case 'cut without a FIN':
        for (const pair of this.#some()) this.#line.swallow(pair, this.#random.between(...SILENCE_MS));
        return;
      case 'freeze the line':
        for (const pair of this.#some()) this.#line.freeze(pair, this.#random.between(...FREEZE_MS));
        return;
      case 'freeze the server':
        this.#target.freeze();
        await sleep(this.#random.between(...FREEZE_MS));
        // Now and then it does not wake up again.
        if (this.#random.chance(0.2)) return this.#do('kill -9');
        return this.#target.thaw();
      case 'full disk':
        return this.#fillDisk();
      case 'clock jump':
        return this.#target.setClock(this.#random.between(...JUMP_S));
    }
  }

  async #again(): Promise<void> {
    this.#line.leadTo(0);
    await this.start();
  }

  async #fillDisk(): Promise<void> {
    this.#disk.changes++;
    this.#target.fillDisk(this.#random.between(...ROOM_BYTES));
    await sleep(this.#random.between(...FULL_MS));
    // Now and then it is killed while the disk is full.
    if (this.#random.chance(0.3)) await this.#do('kill -9');
    else this.#target.freeDisk();
    this.#disk.changes++;
  }

  #some(): Line['connections'] {
    const share = this.#random.between(0, LARGEST_SHARE_PERCENT) / 100;
    return this.#line.connections.filter(() => this.#random.chance(share));
  }
}
