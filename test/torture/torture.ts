import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillDatabase, PASSWORD } from '../support/full-store.ts';
import { Random } from '../support/random.ts';
import { Chatter, type DiskTrouble } from './chatter.ts';
import { check, type Findings } from './checker.ts';
import { type Disturbance, Disturber } from './disturber.ts';
import { Glutton } from './glutton.ts';
import { Line } from './line.ts';
import { Recorder, readLogs } from './record.ts';
import { type StepsSeen, StepWatch } from './step-watch.ts';
import { Target } from './target.ts';

export interface TortureOptions {
  readonly seed: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly clients: number;
  /** Where the server is built. */
  readonly root: string;
  /** An empty folder for the data and all logs. */
  readonly folder: string;
  /** Whether the server begins with as much of everything as there can be, and one client asks for that all the time. */
  readonly full?: boolean;
  /** Told now and then how far it is. */
  readonly progress?: (line: string) => void;
}

export interface TortureResult {
  readonly seed: number;
  readonly seconds: number;
  readonly disturbances: Readonly<Record<Disturbance, number>>;
  readonly findings: Findings;
  readonly steps: StepsSeen;
}

/** How long the clients may need in the end, with a server that is left in peace, until they have read everything. */
const DRAIN_PATIENCE_MS = 60_000;

/**
 * Lets clients chat while the server and its line are disturbed, then leaves both in peace until everything is read, and
 * judges by the clients' logs. The seed brings back what is done and asked; not to the millisecond when, for processes
 * run as the machine has time.
 *
 * @throws Error when the server ends by itself, does not come up again, or does not let the clients read all.
 */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { seed, duration, clients, root, folder, full = false, progress = () => {} } = options;
  const names = Array.from({ length: clients }, (_, index) => `user${index}`);
  const password = full ? PASSWORD : randomBytes(12).toString('hex');
  const [data, logs, accounts] = ['data', 'clients', 'accounts.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(data);
  const entries = names.map((username) => ({ username, nama: username, negara: '-', password }));
  writeFileSync(accounts, JSON.stringify(entries), { mode: 0o600 });
  if (full) await fillDatabase(data, names);

  const line = await Line.open();
  const recorders = names.map((name) => new Recorder(logs, name));
  const target = new Target({ root, data, accounts, log: createWriteStream(join(folder, 'server.log')) });
  const disk: DiskTrouble = { changes: 0 };
  const disturber = new Disturber(target, line, new Random(seed), disk);
  const chatters = names.map((name, index) => {
    const recorder = recorders[index]!;
    return new Chatter({
      name,
      password,
      names,
      port: line.port,
      random: new Random(seed, index + 1),
      recorder,
      disk,
    });
  });

  const gluttons = full ? [new Glutton(line.port, new Random(seed, names.length + 1))] : [];

  const watch = new StepWatch(data);
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  let finished = false;
  const over = (): boolean => finished || elapsed() >= duration;
  const ticker = setInterval(() => {
    const done = Object.values(disturber.counts).reduce((sum, count) => sum + count, 0);
    progress(`${Math.round(elapsed() / 1000)} of ${duration / 1000} s, ${done} disturbances`);
  }, 1000);
  try {
    await disturber.start();
    const disturbing = disturber.disturb(over).finally(() => {
      finished = true;
    });
    // All of them, for who is at work still writes to its log.
    const ended = await Promise.allSettled([
      disturbing,
      ...chatters.map((chatter) => chatter.chat(over)),
      ...gluttons.map((glutton) => glutton.gorge(over)),
    ]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    progress('reading what is left');
    await withPatience(Promise.all(chatters.map((chatter) => chatter.drain())));
    await target.stop();
  } finally {
    clearInterval(ticker);
    watch.stop();
    await target.kill();
    await line.close();
    await Promise.all(recorders.map((recorder) => recorder.close()));
  }
  return {
    seed,
    seconds: elapsed() / 1000,
    disturbances: disturber.counts,
    findings: check(readLogs(logs)),
    steps: watch.seen,
  };
}

async function withPatience<T>(reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error('the clients could not read what is left in time')),
      DRAIN_PATIENCE_MS,
    );
  });
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}
