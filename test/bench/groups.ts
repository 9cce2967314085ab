import { modeNames, modes } from './modes.ts';

/** Where figures are shown: a table, and a panel of the chart. */
export interface Group {
  readonly title: string;
  /** What the ratio is of. */
  readonly explanation: string;
  readonly better: 'more' | 'less';
  /** The bars of a row in the chart. Without any each figure has a row of its own, and only those with a target are drawn. */
  readonly series: readonly string[];
}

const bothModes = modes.map((mode) => modeNames[mode]);

export const groups = {
  own: {
    title: 'A thread for each connection',
    explanation: 'requests/s, beside an echo server with a thread for each',
    better: 'more',
    series: ['warm', 'cold'],
  },
  shared: {
    title: 'Two threads shared by all (--threads 2)',
    explanation: 'requests/s, beside an echo server with one thread',
    better: 'more',
    series: ['warm', 'cold'],
  },
  reading: {
    title: 'Beside echo servers that read as benang does',
    explanation: 'requests/s; one buffer for each thread',
    better: 'more',
    series: bothModes,
  },
  growth: {
    title: 'As connections grow',
    explanation: 'requests/s, beside the same echo servers',
    better: 'more',
    series: bothModes,
  },
  durable: {
    title: 'Durable sends',
    explanation: 'requests/s; a message is on the disk before it is answered',
    better: 'more',
    series: bothModes,
  },
  live: {
    title: 'Live messages',
    explanation: 'messages/s at the sockets of all listeners, beside clients that poll',
    better: 'more',
    series: bothModes,
  },
  late: {
    title: 'From send to the listener',
    explanation: 'milliseconds, beside clients that poll',
    better: 'less',
    series: bothModes,
  },
  cost: {
    title: 'What it costs',
    explanation: 'memory and time, beside the least they could be',
    better: 'less',
    series: [],
  },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof groups;
