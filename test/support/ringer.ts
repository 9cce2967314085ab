import { parentPort, workerData } from 'node:worker_threads';
import { Bell } from '../../src/threads/bell.ts';

/** A thread that rings so many times, each time waiting until its word has been counted up. */
const { memory, place, rings, answers } = workerData as {
  memory: SharedArrayBuffer;
  place: number;
  rings: number;
  answers: SharedArrayBuffer;
};
const bell = new Bell(memory);
const words = new Int32Array(answers);
for (let ring = 0; ring < rings; ring++) {
  bell.ring(place);
  while (Atomics.load(words, place) === ring) Atomics.wait(words, place, ring);
}
parentPort!.postMessage('done');
