import { describe, expect, test } from '@jest/globals';
import { STATUS_FORMAT, type Status, type ThreadStatus } from '../../src/control/messages.ts';
import { bytes, describeStatus, rowsOf } from '../../src/top/view.ts';

const figures = { connections: 1, requests: 0, replies: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
const thread = (number: number, given: Partial<ThreadStatus> = {}): ThreadStatus => ({
  number,
  activity: 'idle',
  holds: [{ connection: number, peer: '127.0.0.1:1', users: [`user${number}`] }],
  queue: 0,
  cpu: 0,
  heap: 5_000_000,
  ...figures,
  ...given,
});
const status = (at: number, threads: ThreadStatus[]): Status => ({
  pid: 1,
  at,
  uptime: 3_700_000 + at,
  format: STATUS_FORMAT,
  residentBytes: 100 * 1024 * 1024,
  mode: 'a thread for each connection',
  threadsAtMost: 10,
  machineCarries: 10,
  limitedBy: 'memory',
  connectionsAtMost: 100,
  open: threads.length,
  waiting: 0,
  died: 0,
  totals: figures,
  refused: {},
  dropped: {},
  diskTrouble: undefined,
  steps: { budget: 10, longest: undefined, over: 0, byName: {} },
  threads,
});

describe('rowsOf', () => {
  test('figures become rates between two looks', () => {
    const before = status(0, [thread(1, { requests: 100, bytesIn: 1000, cpu: 50 })]);
    const now = status(2000, [
      thread(1, { requests: 300, bytesIn: 5000, bytesOut: 10, cpu: 1050, queue: 3 }),
    ]);
    expect(rowsOf(before, now, 'r')).toEqual([
      expect.objectContaining({
        thread: 1,
        user: 'user1',
        requests: 100,
        in: 2000,
        out: 5,
        cpu: 50,
        queue: 3,
        state: 'idle',
      }),
    ]);
  });

  test('sorted by any column', () => {
    const threads = [
      thread(1, { requests: 5, cpu: 1 }),
      thread(2, { requests: 9, cpu: 0 }),
      thread(3, { requests: 7, cpu: 2 }),
    ];
    const order = (sort: 'r' | 'c' | 't' | 'u') =>
      rowsOf(status(0, []), status(1000, threads), sort).map((row) => row.thread);
    expect(order('r')).toEqual([2, 3, 1]);
    expect(order('c')).toEqual([3, 1, 2]);
    expect(order('t')).toEqual([1, 2, 3]);
    expect(order('u')).toEqual([1, 2, 3]);
  });

  test('all users of a connection', () => {
    const hold = { connection: 8, peer: '10.0.0.1:5', users: ['messi', 'lineker'] };
    expect(rowsOf(status(0, []), status(1000, [thread(1, { holds: [hold] })]), 't')[0]!.user).toBe(
      'messi, lineker',
    );
  });

  test('a spare thread, a shared one, a stranger, and one that does not tell', () => {
    const hold = { connection: 8, peer: '10.0.0.1:5', users: [] };
    const threads = [
      thread(1, { holds: [] }),
      thread(2, { holds: [hold, { ...hold, connection: 9 }], cpu: undefined, heap: undefined }),
    ];
    const rows = rowsOf(status(0, []), status(1000, threads), 't');
    expect(rows[0]).toMatchObject({ state: 'spare', connection: '', user: '' });
    expect(rows[1]).toMatchObject({
      connection: '8 +1',
      user: '10.0.0.1:5',
      cpu: undefined,
      heap: undefined,
    });
  });
});

test('the view fits its height and says what it left out', () => {
  const threads = Array.from({ length: 50 }, (_, index) => thread(index + 1));
  const lines = describeStatus(status(0, threads), status(1000, threads), 't', 20);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('benang, process 1, up 1 h 1 min, 100M resident');
  expect(lines.at(-1)).toBe('… and 38 more');
});

test('what an operator should know of: a disk that takes no writes, a clock that is not believed', () => {
  const now = {
    ...status(1000, []),
    diskTrouble: { since: 3_600_000, reason: 'disk full', locked: false },
    clockDoubt: { ahead: 400 * 24 * 3_600_000, believedIn: undefined },
  };
  const lines = describeStatus(status(0, []), now, 't').join('\n');
  expect(lines).toContain('DISK TAKES NO WRITES for 1 min 41 s: disk full');
  expect(lines).toContain("CLOCK NOT BELIEVED: the machine's clock is 400 days ahead of what is known");
});

test("main's longest step, and how many were over the budget", () => {
  const longest = { name: 'ack', cpu: 23.44, wall: 30, at: 1 };
  const byName = { search: { count: 1, longest: 12 }, ack: { count: 2, longest: 23.44 } };
  const now = { ...status(1000, []), steps: { budget: 10, longest, over: 3, byName } };
  expect(describeStatus(status(0, []), now, 't')).toContain(
    "main's longest step 23.4 ms (ack); 3 were over 10 ms: 2 ack (23.4 ms), 1 search (12.0 ms)",
  );
  expect(
    describeStatus(status(0, []), { ...now, steps: { budget: 10, longest, over: 0, byName: {} } }, 't'),
  ).toContain("main's longest step 23.4 ms (ack); 0 were over 10 ms");
});

test('what another program does to the database', () => {
  const heldLog = { bytes: 70 * 1024 * 1024, heldFor: 90_000 };
  const diskTrouble = { since: 3_700_000, reason: 'database is locked', locked: true };
  const lines = describeStatus(status(0, []), { ...status(5000, []), heldLog, diskTrouble }, 't');
  expect(lines).toContain('ANOTHER PROGRAM HAS LOCKED THE DATABASE for 5 s: database is locked');
  expect(lines).toContain(
    'ANOTHER PROGRAM READS THE DATABASE for 1 min 30 s: end it, for its log has 70.0M and grows',
  );
});

test('what strangers are called cannot steer the terminal', () => {
  const hold = { connection: 1, peer: 'x', users: ['\u001b[2J'] };
  const lines = describeStatus(status(0, []), status(1000, [thread(1, { holds: [hold] })]), 't');
  expect(lines.join('\n')).not.toContain('\u001b');
});

test.each([
  [0, '0B'],
  [999, '999B'],
  [1024, '1.0K'],
  [150 * 1024, '150K'],
  [5 * 1024 * 1024, '5.0M'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});
