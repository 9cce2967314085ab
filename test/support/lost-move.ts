import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { openPool } from './small-pool.ts';
import { Wire } from './wire.ts';

/*
 * To be run with few file descriptors (ulimit -n): a pool of one shared thread takes three clients, and at the second one there is
 * no descriptor left to move its socket with. Prints what became of each, as JSON. With the argument `blind` the pool cannot see
 * beneath sockets, as on a Node where what is there is called otherwise.
 */

/** Takes all descriptors there are while it does `work`. */
function withoutDescriptors(work: () => void): void {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {
    work();
  } finally {
    for (const file of files) closeSync(file);
  }
}

const hideDescriptor = (socket: Socket): void => {
  const { _handle: beneath } = socket as Socket & { _handle: object };
  Object.defineProperty(beneath, 'fd', { value: undefined });
};

let accepted = 0;
const { pool, port, dropped, deaths } = await openPool(
  { sharedThreads: 1 },
  () => true,
  (taking, socket) => {
    if (++accepted !== 2) return taking.take(socket);
    if (process.argv[2] === 'blind') hideDescriptor(socket);
    withoutDescriptors(() => taking.take(socket));
  },
);
const ask = async (wire: Wire): Promise<string> => {
  await wire.write('online\r\n');
  return (await wire.reply()).trim();
};

const neighbour = await Wire.open(port);
const before = await ask(neighbour);
const lost = await Wire.open(port);
const after = await ask(neighbour);
const lostGot = await lost.rest();
const later = await Wire.open(port);
const served = await ask(later);
const { connections } = pool;
process.stdout.write(
  JSON.stringify({ before, after, lostGot, served, connections, deaths, dropped: dropped.read() }),
);
process.exit();
