import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { FaultOnConnection } from '../fuzz/fault.ts';
import { fuzz } from '../fuzz/fuzz.ts';
import { keepDeeds, readDeeds, replay } from '../fuzz/replay.ts';
import { root, runToEnd } from '../support/program.ts';

// Drawn anew each time; a failure shows it, and npm run fuzz -- --seed SEED repeats what the clients did.
const seed = randomInt(2 ** 32);
const few = { serverArgs: ['--spare-threads', '4'], progress: () => {} };
const interrupted = new AbortController().signal;

test('whatever clients send, and however they break off, every reply is right and nothing is left behind', async () => {
  const options = { ...few, seed, requests: 20_000, visitors: 8, interrupted };
  const { tally, samples, faults } = await fuzz(options);
  expect({ seed, faults: faults.map(({ message }) => message) }).toEqual({ seed, faults: [] });
  expect(tally.answered).toBeGreaterThan(15_000);
  expect(tally.sent).toBeGreaterThan(1_000);
  expect(Object.keys(tally.endings)).toEqual(expect.arrayContaining(['close', 'half-close', 'reset']));
  expect(samples.map(({ at }) => at)).toEqual(expect.arrayContaining(['before', '100 %', 'after']));
});

test('a server that behaves otherwise is found out, and what the connection did shows it again', async () => {
  const other = { ...few, serverArgs: [...few.serverArgs, '--max-request', '1KiB'] };
  const { faults } = await fuzz({ ...other, seed, requests: 20_000, visitors: 2, interrupted });
  const fault = faults.find((found) => found instanceof FaultOnConnection);
  expect(fault?.message).toContain('Request is too long');
  const path = keepDeeds(fault!.deeds, { seed, visitors: 2 });
  const deeds = readDeeds(path);
  rmSync(path);
  expect((await replay(deeds, { ...other, visitors: 2 })).faults[0]?.message).toContain(
    'Request is too long',
  );
  expect((await replay(deeds, { ...few, visitors: 2 })).faults).toEqual([]);
});

test('the program: help, a wrong call, a run of its own', async () => {
  const run = (...args: string[]) =>
    runToEnd(process.execPath, ['test/fuzz/main.ts', ...args], { cwd: root });
  expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--seed N') });
  expect(await run('--only', '20')).toMatchObject({
    code: 2,
    stderr: 'fuzz: --only must be below the number of connections, 20\n',
  });
  const { code, stdout } = await run('--requests', '200', '--connections', '1', '--seed', '7', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ seed: 7, faults: [] });
});
