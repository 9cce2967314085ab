import { describeDoubt } from '../clock/describe.ts';
import { cutTo, pad } from '../columns.ts';
import type { Status, ThreadStatus } from '../control/messages.ts';
import { printable, printableName } from '../printable.ts';

/** A thread's line: figures a second where that makes sense. */
export interface Row {
  readonly thread: number;
  readonly connection: string;
  readonly user: string;
  readonly state: string;
  readonly cpu: number | undefined;
  readonly heap: number | undefined;
  readonly requests: number;
  readonly in: number;
  readonly out: number;
  readonly queue: number;
}

export const sortKeys = {
  c: 'cpu',
  h: 'heap',
  r: 'requests',
  i: 'in',
  o: 'out',
  q: 'queue',
  t: 'thread',
  u: 'user',
} as const;
export type SortKey = keyof typeof sortKeys;

/** The rows of two looks at a server, `seconds` apart, the largest first (threads and users in their order). */
export function rowsOf(before: Status, now: Status, sort: SortKey): Row[] {
  const seconds = (now.uptime - before.uptime) / 1000;
  const earlier = new Map(before.threads.map((thread) => [thread.number, thread]));
  const rows = now.threads.map((thread) => toRow(thread, earlier.get(thread.number), seconds));
  const key = sortKeys[sort];
  return rows.sort((a, b) => {
    const [left, right] = [a[key] ?? -1, b[key] ?? -1];
    if (typeof left === 'string') return left.localeCompare(String(right)) || a.thread - b.thread;
    return (key === 'thread' ? left - Number(right) : Number(right) - left) || a.thread - b.thread;
  });
}

function toRow(thread: ThreadStatus, earlier: ThreadStatus | undefined, seconds: number): Row {
  const rate = (name: 'requests' | 'bytesIn' | 'bytesOut'): number =>
    Math.max(0, thread[name] - (earlier?.[name] ?? 0)) / seconds;
  const { holds, activity, cpu, heap, queue } = thread;
  const first = holds[0];
  const state = holds.length === 0 && activity === 'idle' ? 'spare' : activity;
  return {
    thread: thread.number,
    connection: first ? `${first.connection}${holds.length > 1 ? ` +${holds.length - 1}` : ''}` : '',
    user: first?.users.map(printableName).join(', ') || first?.peer || '',
    state,
    cpu: cpu === undefined ? undefined : Math.max(0, cpu - (earlier?.cpu ?? 0)) / seconds / 10,
    heap,
    requests: rate('requests'),
    in: rate('bytesIn'),
    out: rate('bytesOut'),
    queue,
  };
}

const columns: readonly [title: string, width: number, cell: (row: Row) => string][] = [
  ['THREAD', 6, (row) => String(row.thread)],
  ['CONNECTION', 11, (row) => row.connection],
  ['USER', -22, (row) => row.user],
  ['STATE', -9, (row) => row.state],
  ['CPU %', 6, ({ cpu }) => (cpu === undefined ? '?' : cpu.toFixed(1))],
  ['HEAP', 7, ({ heap }) => (heap === undefined ? '?' : bytes(heap))],
  ['REQ/S', 8, (row) => row.requests.toFixed(0)],
  ['IN/S', 8, (row) => bytes(row.in)],
  ['OUT/S', 8, (row) => bytes(row.out)],
  ['QUEUE', 6, (row) => String(row.queue)],
];

/** The whole view as lines of text, at most `height`. */
export function describeStatus(
  before: Status,
  now: Status,
  sort: SortKey,
  height = Number.POSITIVE_INFINITY,
): string[] {
  const seconds = (now.uptime - before.uptime) / 1000;
  const { totals } = now;
  const rate = (name: keyof typeof totals): number => (totals[name] - before.totals[name]) / seconds;
  const lines = [
    `benang, process ${now.pid}, up ${span(now.uptime)}, ${bytes(now.residentBytes)} resident`,
    `${now.mode}, at most ${now.threadsAtMost}; the machine carries ${now.machineCarries}: ${now.limitedBy}`,
    `${now.open} connections of at most ${now.connectionsAtMost} (${now.waiting} waiting) in ${now.threads.length} threads; ${now.died} threads died`,
    `${rate('requests').toFixed(0)} requests/s, ${rate('errors').toFixed(0)} errors/s, ${bytes(rate('bytesIn'))}/s in, ${bytes(rate('bytesOut'))}/s out; ${totals.requests} requests and ${totals.connections} connections so far`,
    describeSteps(now),
    ...troubles(now),
    '',
    line((column) => columns[column]![0]),
  ];
  const rows = rowsOf(before, now, sort);
  const room = Math.max(1, height - lines.length - 1);
  const shown = rows.slice(0, room).map((row) => line((column) => columns[column]![2](row)));
  const more = rows.length > room ? [`… and ${rows.length - room} more`] : [];
  return [...lines, ...shown, ...more].map(printable);
}

/** How long the main thread has kept everybody waiting at once. */
function describeSteps({ steps: { longest, over, budget, byName } }: Status): string {
  if (!longest) return 'the main thread has made no steps yet';
  const names = Object.entries(byName).sort(([, a], [, b]) => b.count - a.count);
  const which = names.map(([name, { count, longest }]) => `${count} ${name} (${longest.toFixed(1)} ms)`);
  return `main's longest step ${longest.cpu.toFixed(1)} ms (${longest.name}); ${over} were over ${budget} ms${over > 0 ? `: ${which.join(', ')}` : ''}`;
}

/** What an operator should know of: a line each, or none. */
function troubles({ refused, dropped, diskTrouble, heldLog, clockDoubt, uptime }: Status): string[] {
  const lines: string[] = [];
  if (diskTrouble) {
    const what = diskTrouble.locked ? 'ANOTHER PROGRAM HAS LOCKED THE DATABASE' : 'DISK TAKES NO WRITES';
    lines.push(`${what} for ${span(uptime - diskTrouble.since)}: ${diskTrouble.reason}`);
  }
  if (heldLog)
    lines.push(
      `ANOTHER PROGRAM READS THE DATABASE for ${span(heldLog.heldFor)}: end it, for its log has ${bytes(heldLog.bytes)} and grows`,
    );
  if (clockDoubt) lines.push(`CLOCK NOT BELIEVED: ${describeDoubt(clockDoubt)}`);
  for (const [title, counts] of [
    ['refused', refused],
    ['dropped', dropped],
  ] as const) {
    const most = Object.entries(counts).sort(([, a], [, b]) => b - a);
    if (most.length > 0)
      lines.push(`${title}: ${most.map(([reason, count]) => `${count} ${reason}`).join('; ')}`);
  }
  return lines;
}

function line(cell: (column: number) => string): string {
  const cells = columns.map(([, width], column) => pad(cutTo(cell(column), Math.abs(width)), -width));
  return cells.join(' ').trimEnd();
}

/** A number of bytes for people. */
export function bytes(count: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)}${units[unit]}`;
}

function span(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
