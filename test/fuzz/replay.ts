import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { StartupError } from '../../src/startup-error.ts';
import type { Deeds } from './fault.ts';
import type { Step } from './script.ts';
import { type Outcome, onStage, type StageOptions } from './stage.ts';
import { Visitor } from './visitor.ts';
import { PASSWORD } from './world.ts';

/** One byte a character, so that JSON shows most requests as they are. */
const bytes = z.string().transform((text) => Buffer.from(text, 'latin1'));

const deedsFile = z.object({
  visitors: z.number(),
  visitor: z.number(),
  connection: z.number(),
  tokens: z.record(z.string(), z.string()),
  steps: z.array(
    z.discriminatedUnion('does', [
      z.object({ does: z.literal('write'), bytes }),
      z.object({ does: z.enum(['yield', 'settle', 'stop reading', 'read on']) }),
      z.object({
        does: z.literal('end'),
        how: z.enum(['close', 'half-close', 'reset', 'half-close and reset']),
      }),
    ]),
  ),
});
export type KeptDeeds = z.output<typeof deedsFile>;

/** Writes what a connection did into a file in the system's folder for temporary ones. Returns its path. */
export function keepDeeds(deeds: Deeds, { seed, visitors }: { seed: number; visitors: number }): string {
  const path = join(tmpdir(), `benang-fuzz-${seed}-${deeds.visitor}-${deeds.connection}.json`);
  const steps = deeds.steps.map((step) =>
    step.does === 'write' ? { ...step, bytes: step.bytes.toString('latin1') } : step,
  );
  writeFileSync(path, JSON.stringify({ visitors, ...deeds, steps }, null, 1));
  return path;
}

/** @throws StartupError when it is not a file that `keepDeeds` wrote. */
export function readDeeds(path: string): KeptDeeds {
  try {
    return deedsFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new StartupError(
      `${path} cannot be read as what a connection did; give a file that a fuzz run has kept`,
    );
  }
}

/** Does once more what one connection did, alone on a fresh server, with tokens of the same accounts. */
export const replay = (
  { visitor: number, tokens, steps }: KeptDeeds,
  options: StageOptions,
): Promise<Outcome> =>
  onStage(options, async (stage) => {
    try {
      const visitor = new Visitor(number, stage);
      const fresh = new Map<string, string>();
      for (const [token, username] of Object.entries(tokens)) {
        await visitor.play([
          write(Buffer.from(`auth ${username} ${PASSWORD}\r\n`)),
          { does: 'end', how: 'close' },
        ]);
        fresh.set(token, stage.world.accounts.get(username)!.sessions.at(-1)!.token);
      }
      const end: Step[] = steps.at(-1)?.does === 'end' ? [] : [{ does: 'end', how: 'close' }];
      await visitor.play([...withTokens(steps, fresh), ...end]);
      await stage.watch.quiet('after');
    } catch (error) {
      stage.note(error);
    }
  });

const write = (bytes: Buffer): Step => ({ does: 'write', bytes });

/** The same steps with other tokens, which are as long as the old ones; each may be cut over several writes. */
function withTokens(steps: readonly Step[], tokens: ReadonlyMap<string, string>): Step[] {
  const written = steps.flatMap((step) => (step.does === 'write' ? [step.bytes] : []));
  let text = Buffer.concat(written).toString('latin1');
  for (const [old, token] of tokens) text = text.replaceAll(old, token);
  let start = 0;
  return steps.map((step) => {
    if (step.does !== 'write') return step;
    const bytes = Buffer.from(text.slice(start, start + step.bytes.length), 'latin1');
    start += bytes.length;
    return write(bytes);
  });
}
