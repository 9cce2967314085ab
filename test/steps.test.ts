import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { type LongStep, Steps } from '../src/steps.ts';

let wall: number;
let cpu: number;
let steps: Steps;
let told: LongStep[];

beforeEach(() => {
  wall = cpu = 100;
  told = [];
  steps = new Steps({ wall: () => wall, cpu: () => cpu });
  steps.onOver = (step) => told.push(step);
});

const compute = (milliseconds: number): void => {
  wall += milliseconds;
  cpu += milliseconds;
};

/** One call of the event loop. */
const step = async (work: () => unknown): Promise<void> => {
  setImmediate(() => {
    steps.begin('first');
    void work();
  });
  await nextTurn();
  await nextTurn();
};

test('a step is all that is done before the event loop has control again, and is named after its longest part', async () => {
  await step(async () => {
    compute(2);
    steps.is('ack');
    compute(5);
    await null;
    compute(6);
    steps.is('answers');
    for (let promise = 0; promise < 10; promise++) await null;
    compute(1);
  });
  expect(told).toEqual([{ name: 'ack', cpu: 14, wall: 14, at: expect.any(Number) }]);
  expect(steps.read()).toEqual({
    budget: 10,
    longest: told[0],
    over: 1,
    byName: { ack: { count: 1, longest: 14 } },
  });
});

test('what the event loop calls next is another step', async () => {
  await step(() => compute(6));
  await step(() => compute(7));
  await step(() => compute(3));
  expect(told).toEqual([]);
  expect(steps.read()).toMatchObject({ over: 0, longest: { name: 'first', cpu: 7 } });
});

test('one that waited for a processor or for the disk is not over the budget', async () => {
  await step(() => {
    compute(4);
    wall += 500;
  });
  expect(steps.read()).toMatchObject({ over: 0, byName: {}, longest: { cpu: 4, wall: 504 } });
});

test('steps that begin within one are parts of it', async () => {
  await step(() => {
    compute(4);
    steps.begin('second');
    compute(8);
  });
  expect(told).toMatchObject([{ name: 'second', cpu: 12 }]);
});

test('the real clocks tell of a step that computes', async () => {
  const real = new Steps();
  setImmediate(() => {
    real.begin('busy');
    const from = process.threadCpuUsage().user;
    while (process.threadCpuUsage().user - from < 12_000);
  });
  await nextTurn();
  await nextTurn();
  expect(real.read()).toMatchObject({ over: 1, longest: { name: 'busy' } });
});
