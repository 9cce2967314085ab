import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { Bell } from '../../src/threads/bell.ts';

test('every ring of many threads is heard, each time', async () => {
  const bell = new Bell();
  const [threads, rings] = [8, 2000];
  const answers = new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(answers);
  bell.listen((place) => {
    Atomics.add(words, place, 1);
    Atomics.notify(words, place);
  });
  const program = join(import.meta.dirname, '../support/ringer.ts');
  await Promise.all(
    Array.from({ length: threads }, () => {
      const workerData = { memory: bell.memory, place: bell.takePlace(), rings, answers };
      const worker = new Worker(program, { workerData });
      return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    }),
  );
  bell.stop();
  expect([...words]).toEqual(Array(threads).fill(rings));
});

test('places are unlike, also beyond one word of bits, and a free one is given again', async () => {
  const bell = new Bell();
  const places = Array.from({ length: 100 }, () => bell.takePlace());
  expect(new Set(places).size).toBe(100);
  bell.freePlace(33);
  expect(bell.takePlace()).toBe(33);
  const heard: number[] = [];
  for (const place of [0, 31, 32, 99]) bell.ring(place);
  bell.listen((place) => heard.push(place));
  bell.stop();
  expect(heard.toSorted((a, b) => a - b)).toEqual([0, 31, 32, 99]);
});

test('a place that was given back does not ring for whoever had it', () => {
  const bell = new Bell();
  const place = bell.takePlace();
  bell.ring(place);
  bell.freePlace(place);
  const heard: number[] = [];
  bell.listen((at) => heard.push(at));
  bell.stop();
  expect(heard).toEqual([]);
});
