import { expect, test } from '@jest/globals';
import { StepLog } from '../../src/server/step-log.ts';

test('a few lines a minute for each name, and how many were left out', () => {
  const lines: string[] = [];
  const log = new StepLog({ write: (level, message) => void lines.push(`${level} ${message}`) });
  const tell = (name: string) => log.tell({ name, cpu: 12.34, wall: 20, at: 1 });
  for (let index = 0; index < 5; index++) tell('ack');
  tell('search');
  const line = (name: string) =>
    `warn a step of the main thread took 12.3 ms, more than 10 ms: ${name}; everybody waited`;
  expect(lines.splice(0)).toEqual([line('ack'), line('ack'), line('ack'), line('search')]);
  log.endMinute();
  expect(lines.splice(0)).toEqual([
    'warn 2 more steps of the main thread were that long in the last minute: ack',
  ]);
  tell('ack');
  log.endMinute();
  expect(lines).toEqual([line('ack')]);
});
