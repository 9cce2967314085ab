import { join } from 'node:path';
import { Helper } from '../helper.ts';
import type { Target } from '../results.ts';
import type { Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import type { calls, Kind } from '../thread-program.ts';
import type { Part } from './part.ts';

type Program = Helper<typeof calls>;

const names: Record<Kind, string> = {
  bare: 'bare Worker',
  limited: 'bare Worker, same heap limits',
  thread: 'thread',
  tls: 'thread ready for TLS',
  connection: 'connected thread',
  secure: 'the same over TLS',
};

interface Comparison {
  readonly subject: Kind;
  readonly base: Kind;
  readonly memory?: Target;
  readonly start?: Target;
}

const comparisons: readonly Comparison[] = [
  { subject: 'thread', base: 'bare', start: targets.threadStart },
  { subject: 'connection', base: 'bare', memory: targets.threadMemory },
  { subject: 'limited', base: 'bare' },
  { subject: 'connection', base: 'limited' },
  { subject: 'tls', base: 'thread' },
  { subject: 'secure', base: 'connection' },
];
/** Of these in the quick run. */
const QUICK = 2;

/** What a thread costs beside a bare Worker. */
export const threads: Part = {
  does: 'memory and start of a connection thread beside those of a bare Worker',
  quick: true,
  async run(stage, found) {
    const { quick, threadRounds, threads: count } = stage.pace;
    const chosen = quick ? comparisons.slice(0, QUICK) : comparisons;
    const kinds = [...new Set(chosen.flatMap(({ subject, base }) => [base, subject]))];
    stage.note(
      `Threads: ${count} of each kind, each figure of memory from a process of its own; started one after the other, taking turns. A bare Worker is started when it is online, a thread when it can take a socket, a connected one when the client, which connects to a listening server, has its first reply.`,
    );
    const memory: Map<Kind, number>[] = [];
    const start: Map<Kind, number>[] = [];
    for (let round = 0; round < threadRounds; round++) {
      const kilobytes = new Map<Kind, number>();
      for (const kind of kinds) {
        stage.say(`round ${round + 1}: memory of ${count} × ${names[kind]}`);
        kilobytes.set(kind, await apart(stage, (program) => program.call('memory', { kind, count })));
      }
      memory.push(kilobytes);
      stage.say(`round ${round + 1}: starting ${count} of each kind`);
      start.push(await apart(stage, (program) => program.call('start', { kinds, count })));
    }
    for (const [unit, rounds] of [['kB', memory] as const, ['ms', start] as const]) {
      for (const { subject, base, ...target } of chosen) {
        found({
          group: 'cost',
          row: `${names[subject]}: ${unit === 'kB' ? 'memory' : 'start'}`,
          series: base === 'limited' ? 'same heap limits' : '',
          subject: names[subject],
          base: names[base],
          unit,
          samples: rounds.map((figures) => ({ subject: figures.get(subject)!, base: figures.get(base)! })),
          target: unit === 'kB' ? target.memory : target.start,
        });
      }
    }
  },
};

async function apart<T>(stage: Stage, measure: (program: Program) => Promise<T>): Promise<T> {
  const program: Program = new Helper(join(import.meta.dirname, '../thread-program.ts'));
  try {
    return await stage.during(measure(program));
  } finally {
    await program.stop();
  }
}
