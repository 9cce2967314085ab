import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askServer } from '../../src/control/client.ts';
import type { Status } from '../../src/control/messages.ts';
import type { OwnServer } from '../../src/load/own-server.ts';
import { Fault } from './fault.ts';

/** What the server takes of the machine. */
export interface Sample {
  /** When it was taken, for the report. */
  readonly at: string;
  readonly residentBytes: number;
  readonly threads: number;
  /** Open file descriptors, without those that libuv and the checkpoint thread hold; undefined where the system does not tell. */
  readonly descriptors: number | undefined;
}

const LOOK_AGAIN_MS = 100;
/** So many looks in a row must show the same. */
const QUIET_LOOKS = 10;
const PATIENCE_MS = 30_000;
/** It starts when the log of the database is long for the first time (see Checkpointing), with an event loop and two files. */
const CHECKPOINT_DESCRIPTORS = 7;

/** Looks at the server from outside, while clients do what they do. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #server: OwnServer;

  constructor(server: OwnServer) {
    this.#server = server;
  }

  /** @throws Fault when a thread has died, or the server does not answer. */
  async sample(at: string): Promise<void> {
    this.samples.push((await this.#look(at)).sample);
  }

  /**
   * Waits until no connection is there, nothing is in progress, no thread starts or ends, and there is no more than
   * `before`, another such sample; then takes a sample.
   *
   * @throws Fault when that does not come.
   */
  async quiet(at: string, before?: Sample): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let looks: Sample[] = [];
    while (looks.length < QUIET_LOOKS) {
      const { sample, open, busy } = await this.#look(at);
      if (performance.now() > deadline) {
        const than = before ? `; before it had ${shown(before)}` : '';
        throw new Fault(
          `all connections are closed, and the server has ${open}, ${busy} threads at work, and ${shown(sample)}${than}`,
        );
      }
      if (open > 0 || busy > 0 || looks.some(({ threads }) => threads !== sample.threads)) looks = [];
      // The connection that a look is made over may count or not.
      const descriptors = Math.min(...[sample, ...looks].map((look) => look.descriptors ?? 0));
      looks.push({ ...sample, descriptors });
      if (before && looks.length === QUIET_LOOKS && isMore(looks.at(-1)!, before)) looks = [];
      await sleep(LOOK_AGAIN_MS);
    }
    this.samples.push(looks.at(-1)!);
  }

  async #look(at: string): Promise<{ sample: Sample; open: number; busy: number }> {
    const { residentBytes, threads, died, open } = await this.#status();
    if (died > 0) throw new Fault(`${died} threads have died`);
    const busy = threads.filter(({ activity, queue }) => activity !== 'idle' || queue !== 0).length;
    const descriptors = descriptorsOf(this.#server.pid);
    return { sample: { at, residentBytes, threads: threads.length, descriptors }, open, busy };
  }

  async #status(): Promise<Status> {
    try {
      return await askServer(this.#server.folder, { command: 'status', brief: true });
    } catch (error) {
      throw new Fault('the server does not answer its operator', { cause: error });
    }
  }
}

const isMore = (now: Sample, before: Sample): boolean =>
  now.threads > before.threads || (now.descriptors ?? 0) > (before.descriptors ?? 0);

const shown = ({ threads, descriptors }: Sample): string =>
  `${threads} threads and ${descriptors} descriptors`;

function descriptorsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = `/proc/${pid}/fd`;
  // An event loop that has had a socket keeps one descriptor of /dev/null (libuv's emfile_fd).
  const open = readdirSync(folder).filter((name) => linkOf(join(folder, name)) !== '/dev/null').length;
  return hasThread(pid, 'checkpoint') ? open - CHECKPOINT_DESCRIPTORS : open;
}

function hasThread(pid: number, name: string): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some((task) => nameOf(join(tasks, task, 'comm')) === name);
}

function nameOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return '/dev/null';
  }
}
