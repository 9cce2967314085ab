import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runToEnd } from '../support/program.ts';

test('whoever asks the system bears to be refused for lack of a file descriptor', async () => {
  const program = join(import.meta.dirname, '../support/no-descriptors.ts');
  const limited = ['-c', 'ulimit -n 64; exec "$@"', '--', process.execPath, program];
  const { stdout, stderr } = await runToEnd('bash', limited);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    sameResident: true,
    silent: [],
    cost: { descriptors: 7, memoryMaps: 38 },
    threads: 1,
    refusal: expect.stringMatching(
      /^StartupError: there are too few file descriptors for a single connection/,
    ),
  });
});
