import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Resources } from '../../src/threads/resources.ts';
import { runToEnd } from '../support/program.ts';

/** What is left to a process that runs under this limit of bash's ulimit. */
async function leftUnder(limit: string): Promise<Resources> {
  const program = join(import.meta.dirname, '../support/resources.ts');
  const command = `ulimit ${limit}; exec "$@"`;
  const { stdout } = await runToEnd('bash', ['-c', command, '--', process.execPath, program]);
  return JSON.parse(stdout);
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('what is open, mapped and running already is not left', async () => {
  const { descriptors } = await leftUnder('-n 100');
  expect(descriptors).toBeGreaterThan(50);
  expect(descriptors).toBeLessThan(90);
  // In KiB; V8 takes some GiB of addresses before it has done anything.
  const { addressBytes } = await leftUnder('-v 30000000');
  expect(addressBytes).toBeGreaterThan(1024 ** 3);
  expect(addressBytes).toBeLessThan(29_000_000 * 1024);
  const { processes } = await leftUnder('-u 20000');
  expect(processes).toBeGreaterThan(0);
  expect(processes).toBeLessThan(20_000);
});

onLinux('the rest is known', async () => {
  const { memoryBytes, memoryMaps, mainHeapBytes } = await leftUnder('-n 100');
  expect(memoryBytes).toBeGreaterThan(1024 ** 2);
  expect(memoryMaps).toBeGreaterThan(1000);
  expect(mainHeapBytes).toBeGreaterThan(1024 ** 2);
});
