import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runToEnd } from '../support/program.ts';

const program = join(import.meta.dirname, '../support/lost-move.ts');
const withFewDescriptors = (...args: string[]) =>
  runToEnd('bash', ['-c', 'ulimit -n 64; exec "$@"', '--', process.execPath, program, ...args]);

test.each([
  ['at once', [], 'no file descriptor was free to move its socket'],
  ['when the thread does not know it', ['blind'], 'its socket never came to its thread'],
])(
  'a socket that is lost on its way is noticed %s, closed and counted, and nobody else loses anything',
  async (_when, args, reason) => {
    const { stdout, stderr } = await withFewDescriptors(...args);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      before: 'answer to 1',
      after: 'answer to 1',
      lostGot: '',
      served: 'answer to 3',
      connections: 2,
      deaths: [],
      dropped: { [reason]: 1 },
    });
  },
);
