import { type LoadResult, RESULT_FORMAT } from '../../src/load/result.ts';

const timing = { requests: 100, perSecond: 50, p50: 1, p90: 2, p99: 4, p999: 8, max: 16 };

/** A result with nothing to remark, but for what is given. */
export const resultWith = (changes: Partial<LoadResult> = {}): LoadResult => ({
  format: RESULT_FORMAT,
  target: '127.0.0.1:8889',
  connections: 10,
  threads: 2,
  depth: 1,
  mix: { send: 1, inbox: 1 },
  rampUpSeconds: 0,
  interrupted: false,
  seconds: 2,
  timings: [
    { command: 'send', ...timing },
    { command: 'all', ...timing },
  ],
  clientThreads: [
    { busy: 0.4, cpu: 0.4 },
    { busy: 0.5, cpu: 0.5 },
  ],
  idle: { connections: 0, alive: 0 },
  messages: { sent: 100, received: 100, lost: 0, doubled: 0, disordered: 0, invented: 0 },
  wrongReplies: 0,
  examples: [],
  ...changes,
});
