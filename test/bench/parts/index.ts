import { ceilings } from './ceilings.ts';
import { durable } from './durable.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { live } from './live.ts';
import { memory } from './memory.ts';
import type { Part } from './part.ts';
import { reading } from './reading.ts';
import { redis } from './redis.ts';
import { threads } from './threads.ts';

/** In the order in which they run. */
export const parts = {
  ceilings,
  reading,
  durable,
  redis,
  idle,
  threads,
  growth,
  live,
  memory,
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];
