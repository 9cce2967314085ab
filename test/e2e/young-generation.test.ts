import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the server runs with a small young generation, in the process that was started, once', async () => {
  const server = await startServer();
  const words = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8').split('\0');
  expect(words.filter((word) => word.startsWith('--max-semi-space-size='))).toEqual([
    '--max-semi-space-size=2',
  ]);
  expect(words).toContain('serve');
  expect(await server.stop()).toBe(0);
});
