import { expect, test } from '@jest/globals';
import { Bell } from '../../src/threads/bell.ts';
import { ConnectionThread } from '../../src/threads/connection-thread.ts';
import { Supervisor } from '../../src/threads/supervisor.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';

test('when the process would end for lack of memory the thread that holds most ends, and no other', async () => {
  const bell = new Bell();
  const threads = new Set<ConnectionThread>();
  const limits = { maxRequest: 1024, maxRate: undefined, maxUnwritten: 1024, slowTimeout: 1, deadAfter: 1 };
  const ended = Promise.withResolvers<{ number: number; reason: string | undefined }>();
  const start = async (number: number, hoard: string): Promise<void> => {
    const program = compileThreadProgram(
      `const hoard = ${hoard}; require('node:worker_threads').parentPort.on('message', () => hoard).postMessage({ kind: 'taken' });`,
    );
    const settings = { program, limits, drills: false, tls: undefined, versions: new Versions() };
    const running = Promise.withResolvers<void>();
    threads.add(
      new ConnectionThread(number, { ...settings, connectionsEach: 1 }, bell, {
        ready: () => {},
        asked: () => {},
        took: () => running.resolve(),
        closed: () => {},
        lost: () => {},
        ended: (reason) => ended.resolve({ number, reason }),
      }),
    );
    await running.promise;
  };
  await start(1, '[]');
  await start(2, 'Array.from({ length: 100 }, () => new Array(8000).fill(1))');
  await start(3, '[]');
  let critical = true;
  const isCritical = (): boolean => {
    const now = critical;
    critical = false;
    return now;
  };
  const supervisor = new Supervisor(threads, 60_000, { isCritical });
  expect(await ended.promise).toEqual({
    number: 2,
    reason: expect.stringMatching(/^it held \d+ MiB when the process had hardly any memory left$/),
  });
  supervisor.stop();
  for (const thread of threads) await thread.terminate('the test has ended');
});
