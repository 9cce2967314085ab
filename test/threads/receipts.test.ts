import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { Receipts } from '../../src/threads/receipts.ts';

const socket = { isPaused: () => false, writableLength: 0, writableHighWaterMark: 1 } as unknown as Socket;
const open = (): Receipts => new Receipts(socket, (work) => work(), undefined);
const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a turn in which nothing comes is quiet, and one in which something comes is not', async () => {
  for (const comes of [false, true]) {
    const receipts = open();
    const quiet = new Promise<boolean>((resolve) => receipts.afterTurn(resolve));
    await immediate();
    if (comes) receipts.read(1);
    expect(await quiet).toBe(!comes);
  }
});

test('who begins to wait for a quiet turn does not make another one quiet that something came in', async () => {
  const receipts = open();
  const turns: [string, boolean][] = [];
  // In the same turn of the event loop, one behind the other: something comes, and a second one begins to wait.
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      setImmediate(() => {
        setImmediate(() => receipts.read(1));
        receipts.afterTurn((quiet) => {
          turns.push(['second', quiet]);
          resolve();
        });
      });
      receipts.afterTurn((quiet) => turns.push(['first', quiet]));
    });
  });
  expect(turns).toEqual([
    ['first', false],
    ['second', true],
  ]);
});

test('replies count as received once what is read comes behind a quiet turn', async () => {
  const receipts = open();
  receipts.wrote(2, true, true);
  expect(receipts.read(1)).toBe(2);
  receipts.wrote(1, true, false);
  expect(receipts.read(1)).toBe(2);
  for (let turn = 0; turn < 4; turn++) await immediate();
  expect(receipts.read(1)).toBe(3);
});
