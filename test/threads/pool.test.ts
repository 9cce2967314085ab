import { afterEach, expect, test } from '@jest/globals';
import { openPool, type SmallPool } from '../support/small-pool.ts';
import { Wire } from '../support/wire.ts';

let pool: SmallPool | undefined;
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

async function served(port: number): Promise<Wire> {
  const wire = await Wire.open(port);
  await wire.write('online\r\n');
  await wire.reply();
  return wire;
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(setImmediate);
};

test('without room for another thread connections share those that there are, and the first one gets its own all the same', async () => {
  let room = 0;
  pool = await openPool({}, (more) => more <= room);
  const wires = [await served(pool.port), await served(pool.port)];
  expect(pool.pool.threads.size).toBe(1);
  room = 1;
  wires.push(await served(pool.port));
  expect(pool.pool.threads.size).toBe(2);
  for (const wire of wires) wire.reset();
});

test('spare threads begin only while there would be room for as many again, and end when there is none', async () => {
  let room = 3;
  pool = await openPool({ spareThreads: 3 }, (more) => more <= room);
  const wire = await served(pool.port);
  expect(pool.pool.threads.size).toBe(1);
  room = 4;
  const other = await served(pool.port);
  await until(() => pool!.pool.threads.size === 5);
  room = -1;
  await until(() => pool!.pool.threads.size === 2);
  expect(pool.deaths).toEqual([]);
  // Nobody who has one loses it.
  for (const one of [wire, other]) {
    await one.write('online\r\n');
    await one.reply();
    one.reset();
  }
});
