/** Where figures are shown: a table and a panel of the chart each. */
export interface Group {
  readonly title: string;
  /** What the ratio is of. */
  readonly explanation: string;
  readonly better: 'more' | 'less';
}

export const groups = {
  own: {
    title: 'A thread for each connection',
    explanation: 'requests/s beside an echo server that moves each socket into a thread of its own',
    better: 'more',
  },
  shared: {
    title: 'Two threads shared by all (--threads 2)',
    explanation: 'requests/s beside an echo server with one thread',
    better: 'more',
  },
  growth: {
    title: 'As connections grow',
    explanation: 'inbox, warm, requests/s beside the same echo servers',
    better: 'more',
  },
  durable: {
    title: 'Durable sends',
    explanation: 'requests/s; a message is on the disk before it is answered',
    better: 'more',
  },
  cost: {
    title: 'What it costs',
    explanation: 'memory and time, beside the least they could be',
    better: 'less',
  },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof groups;
