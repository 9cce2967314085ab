import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { commandNumber } from '../../src/commands/index.ts';
import { writeCrashReport } from '../../src/server/crash-report.ts';
import { BlackBox } from '../../src/threads/black-box.ts';
import { Counters } from '../../src/threads/counters.ts';
import { Pulse } from '../../src/threads/pulse.ts';
import { tempFolder } from '../support/temp-folder.ts';

const thread = {
  number: 3,
  served: 2,
  counters: new Counters(),
  blackBox: new BlackBox(),
  pulse: new Pulse(),
};

test('a report says who, why and what last, to its owner only', () => {
  thread.blackBox.write('asked', 7, commandNumber('inbox'));
  thread.blackBox.write('wrote bytes', 7, 44);
  const path = writeCrashReport(tempFolder(), thread, 'Error: x\n    at y', [
    'connection 7 (somewhere, messi)',
  ]);
  const report = readFileSync(path, 'utf8');
  expect(report).toMatch(/^Thread 3 died at .*\nReason: Error: x\n {4}at y\n/);
  expect(report).toContain('  connection 7 (somewhere, messi)\n');
  expect(report).toMatch(/connection 7 {2}asked inbox\n.*connection 7 {2}wrote bytes 44\n$/);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('only the newest are kept', () => {
  const folder = tempFolder();
  for (let number = 0; number < 60; number++) writeCrashReport(folder, { ...thread, number }, 'x', []);
  expect(readdirSync(join(folder, 'black-box')).length).toBe(50);
});
