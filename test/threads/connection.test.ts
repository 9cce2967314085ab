import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BlackBox } from '../../src/threads/black-box.ts';
import { Connection } from '../../src/threads/connection.ts';
import { Counters } from '../../src/threads/counters.ts';
import type { Answer, Asked, Closed, ConnectionEnd } from '../../src/threads/messages.ts';
import { Pulse } from '../../src/threads/pulse.ts';
import { asEnd } from '../../src/threads/slot.ts';
import { Versions } from '../../src/threads/versions.ts';
import { Wire } from '../../src/threads/wire.ts';

const MiB = 1024 * 1024;
const listener = createServer({ pauseOnConnect: true });
let client: Socket;
let wire: Wire;

beforeEach(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(listener, 'connection')) as [Socket];
  wire = Wire.over(accepted, Buffer.alloc(64 * 1024), true);
});
afterEach(async () => {
  client.destroy();
  wire.socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
});

const answer = (text: string, replies: number, ended: boolean): Answer => {
  const bytes = Buffer.from(text);
  return { connection: 1, bytes, from: 0, to: bytes.length, replies, errors: 0, delivers: false, ended };
};
const ends: readonly ConnectionEnd[] = ['clean', 'lost', 'cut', 'gone'];

interface Served {
  readonly connection: Connection;
  /** What it has asked main. */
  readonly asked: Asked[];
  /** Resolves when it has told main of an end of this kind. */
  ended(how: ConnectionEnd): Promise<void>;
  readonly closed: Promise<Closed>;
  readonly counters: Counters;
}

/** Serves the client; main answers nothing but the end, when `answersEnd` says so. */
function serve(answersEnd: (how: ConnectionEnd) => boolean): Served {
  const asked: Asked[] = [];
  const told = new Map<ConnectionEnd, PromiseWithResolvers<void>>();
  const endOf = (how: ConnectionEnd): PromiseWithResolvers<void> => {
    const end = told.get(how) ?? Promise.withResolvers<void>();
    told.set(how, end);
    return end;
  };
  const counters = new Counters();
  const { promise: closed, resolve: close } = Promise.withResolvers<Closed>();
  const connection = new Connection(1, wire, undefined, {
    limits: {
      maxRequest: 1024,
      maxRate: undefined,
      maxUnwritten: 8 * MiB,
      slowTimeout: 60_000,
      deadAfter: 60_000,
    },
    counters,
    blackBox: new BlackBox(),
    versions: new Versions(),
    drills: false,
    pulse: new Pulse(),
    crossing: {
      turn: (work) => work(),
      end: () => {},
      ask: (request) => {
        asked.push(request);
        const end = ends.find((how) => asEnd(how) === request.what);
        if (!end) return;
        if (answersEnd(end)) setImmediate(() => connection.answer(answer('', 0, true)));
        endOf(end).resolve();
      },
    },
    took: () => {},
    closed: close,
  });
  return { connection, asked, ended: (how) => endOf(how).promise, closed, counters };
}

const kinds = (asked: readonly Asked[]): string[] =>
  asked.flatMap(({ what }) => ends.filter((how) => asEnd(how) === what));

test('a client that closes its sending side and then resets is told of twice', async () => {
  const { asked, ended, closed, counters } = serve((how) => how === 'gone');
  client.end('auth a b\r\n');
  await ended('clean');
  client.resetAndDestroy();
  await ended('gone');
  expect(kinds(asked)).toEqual(['clean', 'gone']);
  expect(await closed).toMatchObject({ failure: 'read ECONNRESET', requests: 1 });
  expect(counters.read().queue).toBe(0);
});

/** Resolves when so much is in progress that the client is not read on. */
async function untilFull(): Promise<void> {
  while (!wire.socket.isPaused()) await new Promise(setImmediate);
}

test('a client that resets is noticed although it is not read', async () => {
  const { asked, ended, closed, counters } = serve(() => true);
  client.write('auth a b\r\n'.repeat(100));
  await untilFull();
  const begun = asked.length;
  // This stays in the kernel.
  await new Promise((resolve) => client.write('auth a b\r\n', resolve));
  client.resetAndDestroy();
  await ended('gone');
  expect(asked).toHaveLength(begun + 1);
  expect(await closed).toMatchObject({ failure: 'read ECONNRESET' });
  expect(counters.read().queue).toBe(0);
});

test('a connection that is drained begins nothing more, also when its client has closed its sending side', async () => {
  const { connection, asked, ended, closed, counters } = serve((how) => how === 'cut');
  client.end('auth a b\r\n');
  await ended('clean');
  connection.drain();
  await ended('cut');
  expect(kinds(asked)).toEqual(['clean', 'cut']);
  await closed;
  expect(counters.read().queue).toBe(0);
});

test('a connection that is drained asks nothing of what it has read ahead', async () => {
  const { connection, asked, ended } = serve(() => true);
  client.write('auth a b\r\n'.repeat(100));
  await untilFull();
  const begun = asked.length;
  connection.drain();
  await ended('cut');
  expect(asked).toHaveLength(begun + 1);
});

test('a client that leaves more replies than may wait is dropped', async () => {
  const { connection, asked, closed } = serve(() => true);
  client.write('online\r\n');
  while (asked.length === 0) await new Promise(setImmediate);
  expect(asked).toHaveLength(1);
  // The kernel takes a few MiB; the client reads nothing.
  const text = 'x'.repeat(32 * MiB);
  connection.answer(answer(text, 1, false));
  expect((await closed).failure).toBe('more than 8388608 bytes waited to be taken by the client');
});
