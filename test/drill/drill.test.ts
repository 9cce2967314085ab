import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { executable, runBenang, startProgram } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

test.each([
  ['throw', 1],
  ['spin', 1],
  ['slow-reader', 0],
])('drill %s: the others notice nothing, and nothing is left behind', async (name, died) => {
  const folder = tempFolder();
  const { stdout, code } = await runBenang(
    ['drill', name, '--connections', '6', '--phase', '300ms', '--json'],
    { env: cleanEnvironment({ TMPDIR: folder }) },
  );
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    drill: name,
    connections: 5,
    unharmed: true,
    threadsDied: died,
    messages: { lost: 0, doubled: 0, disordered: 0, invented: 0 },
  });
  expect(result.messages.sent).toBeGreaterThan(0);
  expect(result.phases.map(({ title }: { title: string }) => title)).toEqual([
    'before',
    'before, again',
    'during',
    'after',
  ]);
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('an unknown drill', async () => {
  const { stderr, code } = await runBenang(['drill', 'dance']);
  expect(stderr).toBe(
    'benang: name one of the drills: throw, reject, exit, spin, heap, buffers, slow-reader\n',
  );
  expect(code).toBe(2);
});

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'])('a drill that %s ends leaves no server behind', async (signal) => {
  const folder = tempFolder();
  const drill = startProgram(process.execPath, [executable, 'drill', 'throw', '--connections', '2'], {
    env: cleanEnvironment({ TMPDIR: folder }),
  });
  while (readdirSync(folder, { recursive: true }).length < 3) await nextTurn();
  process.kill(drill.pid, signal);
  while (readdirSync(folder).length > 0) await nextTurn();
});
