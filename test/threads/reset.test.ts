import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isReset } from '../../src/threads/reset.ts';

const listener = createServer({ pauseOnConnect: true });
let client: Socket;
let accepted: Socket;

beforeEach(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  [accepted] = (await once(listener, 'connection')) as [Socket];
  // Node keeps the address from here on.
  expect(accepted.remoteAddress).toBe('127.0.0.1');
});
afterEach(async () => {
  client.destroy();
  accepted.destroy();
  await new Promise((resolve) => listener.close(resolve));
});

test('a reset is told of a socket that nothing was read from, with or without bytes in it', async () => {
  expect(isReset(accepted)).toBe(false);
  await new Promise((resolve) => client.write('x', resolve));
  expect(isReset(accepted)).toBe(false);
  client.resetAndDestroy();
  await once(client, 'close');
  expect(isReset(accepted)).toBe(true);
  // It does not count as read by that.
  accepted.resume();
  expect(String((await once(accepted, 'data'))[0])).toBe('x');
});

test('a client that has closed its sending side may still take replies', async () => {
  client.end();
  await once(client, 'finish');
  expect(isReset(accepted)).toBe(false);
});

test('a socket that is destroyed is none', () => {
  accepted.destroy();
  expect(isReset(accepted)).toBe(false);
});
