import type { Target } from './results.ts';

/** What the project holds itself to. Ratios, but for the idle connection. */
export const targets = {
  inboxInOwnThread: { atLeast: 0.75 },
  inboxOnSharedThreads: { atLeast: 0.85 },
  sendBesideInbox: { atLeast: 0.8 },
  sendBesideCommits: { atLeast: 0.6 },
  sendBesideRedis: { atLeast: 0.7 },
  threadMemory: { atMost: 1.15 },
  threadStart: { atMost: 1.4 },
  /** kB. */
  idleConnection: { atMost: 10 },
  besideIdle: { atMost: 1.3 },
  memoryAfterLoad: { atMost: 1.1 },
} as const satisfies Record<string, Target>;
