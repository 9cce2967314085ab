import { idle } from './idle.ts';
import { memory } from './memory.ts';
import type { Part } from './part.ts';
import { rates } from './rates.ts';
import { threads } from './threads.ts';

/** In the order in which they run. */
export const parts = {
  send: rates(
    'durable sends with 1, 10 and 100 connections, beside Redis with appendfsync always',
    [100, 10, 1].map((connections) => ({ command: 'send', connections })),
  ),
  inbox: rates('asking for an empty inbox with 100 connections, beside servers that only echo', [
    { command: 'inbox', connections: 100 },
  ]),
  live: rates('messages that 100 clients hear live, beside ngircd, which stores nothing', [
    { command: 'live', connections: 100 },
  ]),
  threads,
  idle,
  memory,
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

/** A first impression. */
export const quickPart = rates('durable sends with 100 connections', [{ command: 'send', connections: 100 }]);
