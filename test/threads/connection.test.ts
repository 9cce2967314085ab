import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BlackBox } from '../../src/threads/black-box.ts';
import { Connection } from '../../src/threads/connection.ts';
import { Counters } from '../../src/threads/counters.ts';
import type { Closed, ThreadRequest } from '../../src/threads/messages.ts';
import { Versions } from '../../src/threads/versions.ts';

const MiB = 1024 * 1024;
const listener = createServer({ pauseOnConnect: true });
let client: Socket;
let served: Socket;

beforeEach(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  [served] = (await once(listener, 'connection')) as [Socket];
});
afterEach(async () => {
  client.destroy();
  served.destroy();
  await new Promise((resolve) => listener.close(resolve));
});

test('a client that leaves more replies than may wait is dropped', async () => {
  const asked: ThreadRequest[] = [];
  const limits = {
    maxRequest: 1024,
    maxRate: undefined,
    maxUnwritten: 8 * MiB,
    slowTimeout: 60_000,
    deadAfter: 60_000,
  };
  const { promise: asking, resolve: ask } = Promise.withResolvers<void>();
  const { promise: closed, resolve: close } = Promise.withResolvers<Closed>();
  const connection = new Connection(1, served, undefined, {
    limits,
    counters: new Counters(),
    blackBox: new BlackBox(),
    versions: new Versions(),
    turn: (work) => work(),
    drills: false,
    ask: (request) => {
      asked.push(request);
      if ('end' in request.asked) {
        connection.answer({ connection: 1, text: '', replies: 0, errors: 0, delivers: false, ended: true });
      }
      ask();
    },
    took: () => {},
    closed: close,
  });
  client.write('online\r\n');
  await asking;
  expect(asked).toHaveLength(1);
  // The kernel takes a few MiB; the client reads nothing.
  const text = 'x'.repeat(32 * MiB);
  connection.answer({ connection: 1, text, replies: 1, errors: 0, delivers: false, ended: false });
  expect((await closed).failure).toBe('more than 8388608 bytes waited to be taken by the client');
});
