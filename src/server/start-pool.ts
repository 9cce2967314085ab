import type { ServerSettings } from '../config.ts';
import type { Log } from '../log.ts';
import type { Steps } from '../steps.ts';
import { type Capacity, capacityOf, spareFor } from '../threads/capacity.ts';
import type { ThreadSettings } from '../threads/connection-thread.ts';
import { type Ceilings, ceilingsFor } from '../threads/descriptors.ts';
import type { TlsData } from '../threads/messages.ts';
import { ThreadPool } from '../threads/pool.ts';
import { resourcesHere } from '../threads/resources.ts';
import { Room } from '../threads/room.ts';
import type { Tally } from '../threads/tally.ts';
import type { ThreadCost } from '../threads/thread-cost.ts';
import type { ThreadProgram } from '../threads/thread-program.ts';
import type { Versions } from '../threads/versions.ts';
import { writeCrashReport } from './crash-report.ts';
import type { Dispatcher } from './dispatcher.ts';

/** How large the server may become. */
export interface Size {
  readonly capacity: Capacity;
  readonly ceilings: Ceilings;
  readonly room: Room;
}

/**
 * Tells from what there is now, when all but connections and their threads is open, how many of them there may be, and says so in
 * the log: also where that is less than was asked for.
 *
 * @throws StartupError when there is too little for anybody.
 */
export function sizeUp(settings: ServerSettings, cost: ThreadCost, log: Log): Size {
  const resources = resourcesHere();
  const capacity = capacityOf(resources, cost, settings.maxConnections);
  const asked = {
    connections: settings.maxConnections,
    sharedThreads: settings.threads,
    maxThreads: settings.maxThreads ?? capacity.threads,
  };
  const ceilings = ceilingsFor(asked, resources.descriptors, cost);
  for (const [flag, wanted, possible] of [
    ['--threads', asked.sharedThreads, ceilings.sharedThreads],
    ['--max-threads', settings.maxThreads, ceilings.maxThreads],
    ['--max-connections', asked.connections, ceilings.connections],
  ] as const) {
    if (wanted === undefined || wanted === possible) continue;
    log.write(
      'warn',
      `the file descriptors that this process may open (ulimit -n) are too few for ${flag} ${wanted}: it is ${possible}`,
    );
  }
  return { capacity, ceilings, room: new Room(resources, cost) };
}

/** Starts the threads that connections are placed in. */
export function startPool(
  settings: ServerSettings,
  program: ThreadProgram,
  tls: TlsData | undefined,
  parts: { answerer: Dispatcher; log: Log; refused: Tally; dropped: Tally; versions: Versions; steps: Steps },
  { capacity, ceilings, room, direct }: Size & Pick<ThreadSettings, 'direct'>,
): ThreadPool {
  const { log, versions } = parts;
  const { connections: maxConnections, sharedThreads, maxThreads } = ceilings;
  const spareThreads = settings.spareThreads ?? spareFor(maxThreads);
  log.write('info', 'threads', {
    mode: sharedThreads ? `${sharedThreads} shared by all` : 'one for each connection',
    atMost: sharedThreads ?? maxThreads,
    machineCarries: capacity.threads,
    limitedBy: capacity.limit,
    spare: sharedThreads ? 0 : spareThreads,
    connectionsAtMost: maxConnections,
  });
  const { maxRequest, maxRate, maxUnwritten, slowTimeout, deadAfter } = settings;
  return new ThreadPool(
    {
      program,
      limits: { maxRequest, maxRate, maxUnwritten, slowTimeout, deadAfter },
      drills: settings.allowDrills,
      tls,
      spareThreads,
      maxThreads,
      maxConnections,
      maxPerAddress: settings.maxPerAddress,
      maxRefused: ceilings.refused,
      sharedThreads,
      versions,
      direct,
      connectionsEach: Math.ceil(maxConnections / (sharedThreads ?? maxThreads)),
    },
    {
      ...parts,
      room,
      onFailure: (thread, reason, connections) => {
        const held = connections.length > 0 ? connections.join('; ') : 'no connection';
        const [sentence] = reason.split('\n');
        log.write('error', `thread ${thread.number} died: ${sentence}; it held ${held}`, {
          report: tryReport(settings.data, thread, reason, connections),
        });
      },
    },
  );
}

/** The report's path, or why there is none: a full disk must not make one thread's death everybody's. */
function tryReport(...report: Parameters<typeof writeCrashReport>): string {
  try {
    return writeCrashReport(...report);
  } catch (error) {
    return `none (${String(error)})`;
  }
}
