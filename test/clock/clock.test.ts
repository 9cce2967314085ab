import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  Clock,
  EARLIEST_MS,
  type KeptClock,
  LONGEST_OFF_MS,
  type Settled,
  SHOWN_AFTER_MS,
  SMALL_MS,
  STANDS_MS,
} from '../../src/clock/clock.ts';
import { TestMachine } from '../support/machine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let machine: TestMachine;
let kept: KeptClock | undefined;
let settled: Settled[];
let writes: number;

beforeEach(() => {
  machine = new TestMachine();
  kept = undefined;
  settled = [];
  writes = 0;
});

/** Starts a server: a clock with what the last one has kept. */
function start(last = {}): Clock {
  const keep = async (now: KeptClock) => {
    writes++;
    kept = now;
  };
  const clock = new Clock({ machine, kept, last, keep });
  clock.onSettled = (one) => settled.push(one);
  return clock;
}

/** Time passes, and the server looks at the clock as it does. */
async function pass(clock: Clock, time: number): Promise<void> {
  for (let passed = 0; passed < time; passed += Math.min(5 * MINUTE, time)) {
    machine.pass(Math.min(5 * MINUTE, time));
    await clock.look();
  }
}

describe('while it runs', () => {
  test('trusted time goes on with the machine, whatever its clock is set to', async () => {
    const clock = start();
    const began = clock.trusted();
    for (const by of [400 * DAY, -800 * DAY, 2 * HOUR, 400 * DAY]) {
      machine.setClock(by);
      await pass(clock, HOUR);
    }
    expect(clock.trusted() - began).toBe(4 * HOUR);
    expect(settled).toEqual([]);
  });

  test('a small correction is followed at once, also many of them', async () => {
    const clock = start();
    for (let hour = 0; hour < 50; hour++) {
      machine.setClock(-5 * MINUTE);
      expect(clock.stamp()).toBe(machine.wall());
      await pass(clock, 2 * HOUR);
      expect(clock.doubt).toBeUndefined();
    }
    expect(clock.stamp()).toBe(machine.wall());
  });

  test('a clock that is behind is not shown, and believed again when it is back', async () => {
    const clock = start();
    const began = machine.wall();
    machine.setClock(-began);
    await pass(clock, HOUR);
    expect(clock.stamp()).toBe(began + HOUR);
    expect(clock.doubt).toEqual({ ahead: -began, believedIn: undefined });
    machine.setClock(began);
    await clock.look();
    expect(clock.doubt).toBeUndefined();
    expect(clock.stamp()).toBe(machine.wall());
  });

  test('one that is far ahead is shown when it stays so; for less time than that it is not', async () => {
    const clock = start();
    machine.setClock(400 * DAY);
    expect(clock.stamp()).toBe(machine.wall() - 400 * DAY);
    await pass(clock, 90_000);
    expect(clock.stamp()).toBe(machine.wall() - 400 * DAY);
    machine.setClock(-400 * DAY);
    await clock.look();
    machine.setClock(500 * DAY);
    await pass(clock, SHOWN_AFTER_MS);
    expect(clock.stamp()).toBe(machine.wall() - 500 * DAY);
    await pass(clock, 5 * MINUTE);
    expect(clock.stamp()).toBe(machine.wall());
    machine.setClock(-500 * DAY);
    await clock.look();
    expect([clock.stamp(), clock.doubt]).toEqual([machine.wall(), undefined]);
  });

  test('one that is ahead by no more than a holiday is shown at once', () => {
    const clock = start();
    machine.setClock(LONGEST_OFF_MS);
    expect(clock.stamp()).toBe(machine.wall());
  });

  test('it is written down now and then, not with each look', async () => {
    const clock = start();
    for (let second = 0; second < 3600; second += 10) {
      machine.pass(10_000);
      await clock.look();
    }
    expect(writes).toBeGreaterThan(4);
    expect(writes).toBeLessThan(8);
  });

  test('what cannot be written down has not happened, and is tried again', async () => {
    let full = false;
    const clock = new Clock({
      machine,
      kept: undefined,
      keep: () => (full ? Promise.reject(new Error('full')) : Promise.resolve()),
    });
    full = true;
    machine.setClock(100 * DAY);
    await expect(clock.look()).rejects.toThrow('full');
    await expect(clock.confirm(true)).rejects.toThrow('full');
    const before = clock.trusted();
    expect(clock.doubt!.ahead).toBe(100 * DAY);
    full = false;
    await clock.confirm(true);
    expect([clock.doubt, clock.trusted()]).toEqual([undefined, before]);
  });
});

describe('from one start to the next', () => {
  test('while the machine runs it is known how long the server was off, whatever the clock says', async () => {
    const first = start();
    const began = first.trusted();
    await first.keep();
    machine.pass(40 * DAY);
    machine.setClock(366 * DAY);
    const second = start();
    await second.look();
    expect(second.trusted() - began).toBe(40 * DAY);
    expect(second.stamp()).toBe(machine.wall() - 366 * DAY);
    expect(second.doubt).toEqual({ ahead: 366 * DAY, believedIn: undefined });
  });

  test('a machine that was off for a holiday is believed when its clock has said so for an hour', async () => {
    const first = start();
    const [began, wall] = [first.trusted(), machine.wall()];
    await first.keep();
    machine.restart(25 * DAY);
    const second = start();
    expect(second.stamp()).toBe(wall + 25 * DAY);
    await second.look();
    expect(second.doubt).toEqual({ ahead: 25 * DAY, believedIn: STANDS_MS });
    await pass(second, STANDS_MS - 5 * MINUTE);
    expect(settled).toEqual([]);
    await pass(second, 5 * MINUTE);
    // What was noted before is older, and what was noted in this hour is not.
    expect(settled).toEqual([{ before: began + 1, by: 25 * DAY }]);
    expect(second.trusted() - began).toBe(STANDS_MS);
    expect([second.doubt, second.stamp()]).toEqual([undefined, machine.wall()]);
  });

  test('a clock that is set after the start, as without a battery: the time off counts an hour later', async () => {
    for (const wrong of [-30 * 365 * DAY, -10 * DAY, -9 * DAY]) {
      settled = [];
      const first = start();
      await first.keep();
      machine.restart(10 * DAY);
      machine.setClock(wrong);
      const second = start();
      await pass(second, 10 * MINUTE);
      machine.setClock(-wrong);
      await pass(second, 10 * MINUTE);
      expect([second.stamp(), settled]).toEqual([machine.wall(), []]);
      await pass(second, STANDS_MS);
      expect(settled).toMatchObject([{ by: 10 * DAY }]);
    }
  });

  test('a longer time, or one that has not stood, waits for an operator, also over further starts', async () => {
    const first = start();
    const began = first.trusted();
    await first.keep();
    machine.restart(LONGEST_OFF_MS + DAY);
    let second = start();
    await pass(second, 2 * DAY);
    expect(second.doubt).toEqual({ ahead: LONGEST_OFF_MS + DAY, believedIn: undefined });
    await second.keep();
    second = start();
    await pass(second, DAY);
    expect(settled).toEqual([]);
    await second.confirm(true);
    expect(settled).toEqual([{ before: began + 1, by: LONGEST_OFF_MS + DAY }]);
    expect(second.doubt).toBeUndefined();
    await pass(second, DAY);
    expect(settled).toHaveLength(1);
  });

  test('a clock that was wrong before, and is right now, makes nothing older', async () => {
    const clock = start();
    machine.setClock(300 * DAY);
    await pass(clock, HOUR);
    await clock.confirm(false);
    expect([clock.doubt, clock.stamp(), settled]).toEqual([undefined, machine.wall(), []]);
    machine.setClock(-200 * DAY);
    await pass(clock, HOUR);
    expect(clock.doubt!.ahead).toBe(-200 * DAY);
    await clock.confirm(false);
    expect([clock.doubt, clock.stamp(), settled]).toEqual([undefined, machine.wall(), []]);
  });

  test('the first start with a clock in 1970: nothing is shown before this program was there; then the right time is taken over', async () => {
    machine = new TestMachine(1000);
    const clock = start();
    const began = clock.trusted();
    await pass(clock, HOUR);
    expect(clock.stamp()).toBe(EARLIEST_MS + HOUR);
    await expect(clock.confirm(true)).rejects.toThrow('before 2026: set it first');
    await clock.keep();
    const second = start();
    machine.setClock(Date.UTC(2026, 10, 28));
    expect(second.stamp()).toBe(machine.wall());
    await pass(second, DAY);
    expect([second.stamp(), second.doubt, settled]).toEqual([machine.wall(), undefined, []]);
    expect(second.trusted() - began).toBe(HOUR + DAY);
  });

  test('a machine that lost its power may have gone on behind what was kept: a use that is known counts', async () => {
    const first = start();
    await first.keep();
    machine.pass(9 * MINUTE);
    const used = first.trusted();
    machine.restart(2 * DAY);
    const second = start({ used });
    expect(second.trusted()).toBe(used);
    await pass(second, STANDS_MS + 5 * MINUTE);
    expect(settled).toEqual([{ before: used + 1, by: 2 * DAY }]);
  });

  test('a database of before there was a clock: its last time counts, and what has passed since when it is believed', async () => {
    const wall = machine.wall();
    const [sent, used] = [wall - 5 * DAY, wall - 3 * DAY];
    const clock = start({ sent, used });
    expect([clock.trusted(), clock.stamp()]).toEqual([used, wall]);
    await pass(clock, STANDS_MS + 5 * MINUTE);
    expect(settled).toEqual([{ before: used + 1, by: 3 * DAY }]);
    kept = undefined;
    // One that a wrong clock has left there does not count.
    expect(start({ sent, used: machine.wall() + 400 * DAY }).trusted()).toBe(sent);
    expect(start({ sent: 1 }).trusted()).toBe(machine.wall());
  });
});

describe('olderThan', () => {
  test('is as many days ago, less what a clock may be corrected by', () => {
    const clock = start();
    expect(clock.olderThan(7)).toBe(machine.wall() - 7 * DAY - SMALL_MS);
    expect(clock.olderThan(0)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('what was stamped while the clock was behind is not older for that', async () => {
    machine = new TestMachine(1000);
    const clock = start();
    await pass(clock, HOUR);
    const stamp = clock.stamp();
    machine.setClock(Date.UTC(2027, 10, 28));
    await pass(clock, DAY);
    await pass(clock, 6 * DAY - 2 * HOUR);
    expect(clock.olderThan(7)).toBeLessThan(stamp);
    await pass(clock, DAY);
    expect(clock.olderThan(7)).toBeGreaterThan(stamp);
  });

  test('what was stamped at once behind a restart, when the clock was not set yet, is not older by the time off', async () => {
    const first = start();
    const before = first.stamp();
    await first.keep();
    machine.restart(20 * DAY);
    machine.setClock(-20 * DAY);
    const second = start();
    await second.look();
    const behind = second.stamp();
    expect(behind - before).toBeLessThan(HOUR);
    machine.setClock(20 * DAY);
    await pass(second, STANDS_MS + 5 * MINUTE);
    expect(settled).toHaveLength(1);
    expect(second.olderThan(7)).toBeLessThan(behind);
    await pass(second, 7 * DAY);
    expect(second.olderThan(7)).toBeGreaterThan(behind);
  });
});
