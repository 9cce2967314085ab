import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RESOURCE_LIMITS } from '../../src/threads/connection-thread.ts';
import { memoryMaps } from '../../src/threads/proc.ts';
import { resourcesHere } from '../../src/threads/resources.ts';
import { Room } from '../../src/threads/room.ts';
import { measureThread } from '../../src/threads/thread-cost.ts';

/*
 * Starts threads, and lets their heaps grow by what its argument names. Prints how many memory maps they have taken idle and then,
 * and how many the room takes them to be, as JSON.
 */

const THREADS = 24;
const growths = {
  objects: 'for (let i = 0; i < 60_000; i++) keep.push({ a: i, b: i + 0.5, c: [i] });',
  arrays: 'for (let i = 0; i < 100; i++) keep.push(new Array(8000).fill(i));',
  strings: "for (let i = 0; i < 100; i++) keep.push(Buffer.alloc(65_536, 97).toString('latin1'));",
  buffers: 'for (let i = 0; i < 100; i++) keep.push(Buffer.alloc(65_536, 1));',
  garbage: 'for (let i = 0; i < 1_000_000; i++) keep[0] = { a: i, b: [i] };',
};
const growth = growths[process.argv[2] as keyof typeof growths];
const program = `
  require('node:net');
  const { parentPort } = require('node:worker_threads');
  const keep = [];
  parentPort.on('message', (grow) => {
    if (grow) { ${growth} }
    parentPort.postMessage('done');
  });`;
const cost = await measureThread(false);
const room = new Room(resourcesHere(), cost);
const before = memoryMaps();
const figures = () => ({ maps: memoryMaps() - before, taken: room.mapsTaken(THREADS) });

const workers = Array.from(
  { length: THREADS },
  () => new Worker(program, { eval: true, resourceLimits: RESOURCE_LIMITS }),
);
const tell = (grow: boolean) =>
  Promise.all(
    workers.map((worker) => {
      worker.postMessage(grow);
      return once(worker, 'message');
    }),
  );
await tell(false);
const idle = figures();
await tell(true);
process.stdout.write(JSON.stringify({ idle, grown: figures() }));
process.exit();
