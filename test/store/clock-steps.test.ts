import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SessionTable } from '../../src/server/sessions.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { Versions } from '../../src/threads/versions.ts';
import { crashImage } from '../support/damage.ts';
import { TestMachine } from '../support/machine.ts';
import { quietLog } from '../support/quiet-log.ts';
import { addAccounts, closeStore, noPassword, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KEEP_DAYS = 7;
const SESSION_IDLE = DAY;
/** A crash forgets as much of a session's use; and a clock may be corrected by a quarter of an hour each time that the machine starts. */
const FORGOTTEN = MINUTE;
const CORRECTED = 3 * HOUR;

const action = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), time: fc.integer({ min: 7 * MINUTE, max: 3 * DAY }) }),
  fc.record({ do: fc.constant('pass' as const), time: fc.integer({ min: 1000, max: HOUR }) }),
  fc.record({
    do: fc.constant('clock' as const),
    wrong: fc.constantFrom(
      0,
      0,
      -10 * MINUTE,
      10 * MINUTE,
      -50 * 365 * DAY,
      -400 * DAY,
      -3 * DAY,
      400 * DAY,
      32 * DAY,
    ),
  }),
  fc.record({
    do: fc.constantFrom(
      'read' as const,
      'read' as const,
      'login' as const,
      'restart' as const,
      'crash' as const,
    ),
  }),
  fc.record({ do: fc.constant('use' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('reboot' as const), off: fc.integer({ min: MINUTE, max: 20 * DAY }) }),
);

type Action = typeof action extends fc.Arbitrary<infer One> ? One : never;

/** A server without a network, and what is truly so: when each message was read, and each login last used. */
class World {
  readonly machine = new TestMachine();
  /** Milliseconds that have truly passed. */
  now = 0;
  readonly readAt = new Map<number, number>();
  readonly usedAt = new Map<string, number>();
  #wrong = 0;
  #folder = tempFolder();
  #store!: Store;
  #sessions!: SessionTable;
  #ann!: Account;
  #last = 0;

  async open(): Promise<void> {
    this.#store = openStore(this.#folder, undefined, { machine: this.machine });
    this.#sessions = await SessionTable.load(
      this.#store,
      quietLog(),
      { sessionIdle: SESSION_IDLE, maxSessions: 1000 },
      new Versions(),
    );
    this.#store.clock.onSettled = (settled) => this.#sessions.makeOlder(settled);
    this.#ann = (
      (await this.#store.credentials('ann')) ?? { account: (await addAccounts(this.#store, 'ann')).ann }
    ).account;
    await this.#store.clock.keep();
    await this.#store.clock.look();
  }

  close(): Promise<void> {
    return closeStore(this.#store);
  }

  async do(one: Action): Promise<void> {
    switch (one.do) {
      case 'pass':
        for (let left = one.time; left > 0; left -= 10 * MINUTE) {
          const step = Math.min(left, 10 * MINUTE);
          this.machine.pass(step);
          this.now += step;
          await this.#store.clock.look();
          this.#sessions.expire();
        }
        return;
      case 'clock':
        this.machine.setClock(one.wrong - this.#wrong);
        this.#wrong = one.wrong;
        return this.#store.clock.look();
      case 'read': {
        const sentAt = this.#store.clock.stamp();
        this.#last = (await this.#store.addMessage({
          sender: this.#ann,
          recipient: 'ann',
          text: 'x',
          sentAt,
        })) as number;
        await this.#store.markRead(this.#ann, this.#last, this.#store.clock.stamp());
        this.readAt.set(this.#last, this.now);
        return;
      }
      case 'login': {
        const { token } = (await this.#sessions.start(this.#ann, noPassword)) as { token: string };
        this.usedAt.set(token, this.now);
        return;
      }
      case 'use': {
        const token = [...this.usedAt.keys()][one.which % this.usedAt.size];
        if (token === undefined) return;
        const found = this.#sessions.find(token) !== undefined;
        const unused = this.now - this.usedAt.get(token)!;
        if (unused < SESSION_IDLE - FORGOTTEN - CORRECTED) expect(found).toBe(true);
        if (found) this.usedAt.set(token, this.now);
        else this.usedAt.delete(token);
        return;
      }
      case 'restart':
        await this.close();
        return this.open();
      case 'crash': {
        const before = this.#folder;
        this.#folder = crashImage(before);
        await this.close();
        return this.open();
      }
      case 'reboot':
        await this.close();
        this.machine.restart(one.off);
        this.now += one.off;
        return this.open();
    }
  }

  /** Deletes what is old, as the server's rounds do. */
  async clean(): Promise<void> {
    const { clock } = this.#store;
    while ((await this.#store.deleteRead(this.#ann.id, clock.olderThan(KEEP_DAYS), clock.stamp())) > 0);
    const messages = await this.#store.conversations.history(this.#ann, 'ann', 1e9, 200);
    if (typeof messages === 'string') throw new Error(messages);
    const there = new Set(messages.map(({ id }) => id));
    for (const [id, readAt] of this.readAt) {
      if (there.has(id)) continue;
      expect(this.now - readAt).toBeGreaterThan(KEEP_DAYS * DAY - CORRECTED);
      this.readAt.delete(id);
    }
  }
}

test('whatever its clock does, and however it ends, nothing is deleted or ends before its time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
      const world = new World();
      await world.open();
      for (const one of actions) {
        await world.do(one);
        await world.clean();
      }
      await world.close();
    }),
    { numRuns: Number(process.env.CLOCK_RUNS ?? 15) },
  );
}, 300_000);

test('with a clock that is right all goes when it is its time', async () => {
  const world = new World();
  await world.open();
  await world.do({ do: 'login' });
  await world.do({ do: 'read' });
  await world.do({ do: 'pass', time: 2 * DAY });
  await world.do({ do: 'use', which: 0 });
  expect(world.usedAt.size).toBe(0);
  await world.clean();
  expect(world.readAt.size).toBe(1);
  await world.do({ do: 'login' });
  await world.do({ do: 'reboot', off: 6 * DAY });
  await world.clean();
  expect(world.readAt.size).toBe(1);
  await world.do({ do: 'pass', time: 2 * HOUR });
  await world.clean();
  expect(world.readAt.size).toBe(0);
  await world.do({ do: 'use', which: 0 });
  expect(world.usedAt.size).toBe(0);
  await world.close();
});
