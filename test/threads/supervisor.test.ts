import { afterEach, expect, test } from '@jest/globals';
import { Bell } from '../../src/threads/bell.ts';
import { ConnectionThread } from '../../src/threads/connection-thread.ts';
import { Supervisor } from '../../src/threads/supervisor.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';

const limits = { maxRequest: 1024, maxRate: undefined, maxUnwritten: 1024, slowTimeout: 1, deadAfter: 1 };
const never = { isCritical: () => false };
const ends: { number: number; reason: string | undefined }[] = [];
const threads = new Set<ConnectionThread>();
let supervisor: Supervisor | undefined;
let ended = Promise.withResolvers<void>();

afterEach(async () => {
  supervisor?.stop();
  for (const thread of threads) await thread.terminate('the test has ended');
  threads.clear();
  ends.length = 0;
});

/** Starts a thread that runs this when it has said that it runs. */
async function start(number: number, program: string): Promise<void> {
  const text = `
    const { parentPort, workerData } = require('node:worker_threads');
    const task = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
    const [activity, working, taskAt] = [0, 2, 2];
    const pulse = new Int32Array(workerData.pulse);
    pulse[taskAt] = task;
    parentPort.on('message', () => {}).postMessage({ kind: 'taken' });
    ${program}`;
  const settings = {
    limits,
    drills: false,
    tls: undefined,
    versions: new Versions(),
    connectionsEach: 1,
    direct: true,
  };
  const running = Promise.withResolvers<void>();
  threads.add(
    new ConnectionThread(number, { ...settings, program: compileThreadProgram(text) }, new Bell(), {
      ready: () => {},
      asked: () => {},
      took: () => running.resolve(),
      closed: () => {},
      lost: () => {},
      ended: (reason) => {
        ends.push({ number, reason });
        ended.resolve();
        ended = Promise.withResolvers();
      },
    }),
  );
  await running.promise;
}

const until = async (count: number): Promise<void> => {
  while (ends.length < count) await ended.promise;
};

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'a thread that gets no processor is not to blame for making no progress, for a long while',
  async () => {
    await start(
      1,
      'pulse[activity] = working; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
    );
    await start(2, 'pulse[activity] = working; for (;;);');
    supervisor = new Supervisor(threads, 250, never);
    await until(1);
    expect(ends).toEqual([{ number: 2, reason: 'it made no progress for 0.25 s' }]);
    await until(2);
    expect(ends[1]).toEqual({ number: 1, reason: 'it made no progress for 0.25 s' });
  },
);

onLinux(
  'when the process would end for lack of memory the thread that holds most ends, and no other',
  async () => {
    await start(1, '');
    await start(
      2,
      'const hoard = Array.from({ length: 100 }, () => new Array(8000).fill(1)); parentPort.on("message", () => hoard);',
    );
    await start(3, '');
    let critical = true;
    const isCritical = (): boolean => {
      const now = critical;
      critical = false;
      return now;
    };
    supervisor = new Supervisor(threads, 60_000, { isCritical });
    await until(1);
    expect(ends).toEqual([
      {
        number: 2,
        reason: expect.stringMatching(/^it held \d+ MiB when the process had hardly any memory left$/),
      },
    ]);
  },
);
