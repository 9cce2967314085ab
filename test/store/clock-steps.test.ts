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
/**
 * What its clock may be wrong by. One that is up to a month ahead for an hour behind the machine's start is believed; so is one that was up
 * to a month behind when it is set right at a start, for it says the same.
 */
const WRONG = [-10 * MINUTE, 10 * MINUTE, -50 * 365 * DAY, -400 * DAY, -40 * DAY, 400 * DAY, 52 * DAY];
/** A crash forgets as much of a session's use; and a clock may be corrected by a quarter of an hour each time that the machine starts. */
const FORGOTTEN = MINUTE;
const CORRECTED = 3 * HOUR;

const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      time: fc.constantFrom(MINUTE, 20 * MINUTE, 70 * MINUTE, 5 * HOUR, 23 * HOUR, 2 * DAY, 6 * DAY),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      wrong: fc.constantFrom(0, 0, 0, ...WRONG),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('use' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reboot' as const),
      off: fc.constantFrom(MINUTE, HOUR, 2 * DAY, 20 * DAY),
      wrong: fc.constantFrom(0, ...WRONG),
    }),
  },
);

type Action = typeof action extends fc.Arbitrary<infer One> ? One : never;

/** A server without a network, and what is truly so: when each message was read, and each login last used. */
class World {
  readonly machine = new TestMachine();
  /** Milliseconds that have truly passed. */
  now = 0;
  /** By message. */
  readonly readAt = new Map<number, number>();
  /** By session. */
  readonly usedAt = new Map<string, { token: string; at: number }>();
  #wrong = 0;
  #folder = tempFolder();
  #store!: Store;
  #sessions!: SessionTable;
  #ann!: Account;

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
        this.#setClock(one.wrong);
        return this.#store.clock.look();
      case 'use': {
        const [used] = [...this.usedAt.values()].slice(one.which % (this.usedAt.size || 1));
        if (used && this.#sessions.find(used.token)) used.at = this.now;
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
        this.#setClock(one.wrong);
        this.now += one.off;
        await this.open();
        // No login is quicker.
        return this.do({ do: 'pass', time: 10 });
    }
  }

  /** Somebody reads a message and logs in. */
  async come(): Promise<void> {
    const { clock } = this.#store;
    const message = { sender: this.#ann, recipient: 'ann', text: 'x', sentAt: clock.stamp() };
    const id = (await this.#store.addMessage(message)) as number;
    await this.#store.markRead(this.#ann, id, clock.stamp());
    this.readAt.set(id, this.now);
    const started = await this.#sessions.start(this.#ann, noPassword);
    if (typeof started === 'string') throw new Error(started);
    this.usedAt.set(started.session.id, { token: started.token, at: this.now });
  }

  /** Deletes and ends what is old, as the server does, and looks whether it was its time. */
  async judge(): Promise<void> {
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
    const valid = new Set(this.#sessions.of(this.#ann).map(({ session }) => session.id));
    for (const [id, { at }] of this.usedAt) {
      if (valid.has(id)) continue;
      expect(this.now - at).toBeGreaterThan(SESSION_IDLE - FORGOTTEN - CORRECTED);
      this.usedAt.delete(id);
    }
  }

  #setClock(wrong: number): void {
    this.machine.setClock(wrong - this.#wrong);
    this.#wrong = wrong;
  }
}

test('whatever its clock does, and however it ends, nothing is deleted or ends before its time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 20 }), async (actions) => {
      const world = new World();
      await world.open();
      for (const one of actions) {
        await world.come();
        await world.do(one);
        await world.judge();
      }
      await world.close();
    }),
    { numRuns: Number(process.env.CLOCK_RUNS ?? 15) },
  );
}, 300_000);

test('with a clock that is right all goes when it is its time', async () => {
  const world = new World();
  await world.open();
  await world.come();
  await world.do({ do: 'pass', time: 2 * DAY });
  await world.judge();
  expect([world.usedAt.size, world.readAt.size]).toEqual([0, 1]);
  await world.come();
  await world.do({ do: 'reboot', off: 6 * DAY, wrong: 0 });
  await world.judge();
  expect([world.usedAt.size, world.readAt.size]).toEqual([1, 2]);
  await world.come();
  await world.do({ do: 'pass', time: 2 * HOUR });
  await world.judge();
  // The clock is believed by now: only what came since is left, and the message of six days ago.
  expect([world.usedAt.size, world.readAt.size]).toEqual([1, 2]);
  await world.do({ do: 'pass', time: 8 * DAY });
  await world.judge();
  expect([world.usedAt.size, world.readAt.size]).toEqual([0, 0]);
  await world.close();
});
