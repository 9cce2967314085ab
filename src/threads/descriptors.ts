import { StartupError } from '../startup-error.ts';
import type { ThreadCost } from './thread-cost.ts';

/**
 * What else opens files while the server runs. It must never find that connections have taken all: then the system refuses what
 * nobody expects it to, such as moving a socket to its thread, and a message or a whole process is lost.
 */
const RESERVED = {
  /** The database, its log, the memory beside it and their folder, in the thread that moves the log (see Checkpointing), besides the thread's own. */
  checkpointing: 4,
  /** The copy, its journal and its folder; there is one backup at a time. */
  backup: 4,
  /** The socket for operators' commands is made anew when somebody has removed it. */
  control: 2,
  /** What the kernel tells of connections, in two files, and one at a time: certificate and key, a crash report, what it tells of us. */
  files: 3,
  /** A socket that is being moved has two for a moment. */
  moving: 1,
};

/** Clients that are refused at once, of what connections may take: they are told why, and that takes a while. */
const REFUSED_SHARE = 1 / 20;
const MOST_REFUSED = 100;
/** Commands of operators that are answered at once. */
const OPERATORS_SHARE = 1 / 64;
const [LEAST_OPERATORS, MOST_OPERATORS] = [4, 32];

export interface Division {
  /** For connections that are served, one each, and their threads. */
  readonly forConnections: number;
  /** How many clients may be told at once that they are not served. */
  readonly refused: number;
  /** How many operators' commands may be answered at once. */
  readonly operators: number;
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.floor(value)));

/** What becomes of the descriptors that are free when all but connections is open; undefined: there is no limit. */
export function divideDescriptors(free: number | undefined, cost: ThreadCost): Division {
  const all = free ?? Number.POSITIVE_INFINITY;
  const operators = clamp(all * OPERATORS_SHARE, LEAST_OPERATORS, MOST_OPERATORS);
  const reserved = Object.values(RESERVED).reduce((sum, some) => sum + some) + cost.descriptors;
  const rest = all - reserved - operators;
  const refused = clamp(rest * REFUSED_SHARE, 1, MOST_REFUSED);
  return { forConnections: rest - refused, refused, operators };
}

export interface Ceilings extends Division {
  readonly connections: number;
  /** Undefined: there is no fixed number of threads that all share. */
  readonly sharedThreads: number | undefined;
  readonly maxThreads: number;
}

/**
 * How many connections and threads there may be: what was asked for, as far as there are descriptors for it.
 *
 * @throws StartupError when there are too few for anybody.
 */
export function ceilingsFor(
  asked: Pick<Ceilings, 'connections' | 'sharedThreads' | 'maxThreads'>,
  free: number | undefined,
  cost: ThreadCost,
): Ceilings {
  const division = divideDescriptors(free, cost);
  const { forConnections } = division;
  // A thread of its own carries one connection at the least. Shared ones carry all, which need half of the descriptors.
  const most = (each: number): number => Math.max(1, Math.floor(forConnections / each));
  const sharedThreads = asked.sharedThreads && Math.min(asked.sharedThreads, most(2 * cost.descriptors));
  const maxThreads = Math.min(asked.maxThreads, most(cost.descriptors + 1));
  const left = Math.floor(forConnections - (sharedThreads ?? maxThreads) * cost.descriptors);
  if (left < 1) {
    throw new StartupError(
      `there are too few file descriptors for a single connection: ${1 - left} more are needed; raise the limit (ulimit -n, or LimitNOFILE of a service)`,
    );
  }
  return { ...division, sharedThreads, maxThreads, connections: Math.min(asked.connections, left) };
}
