import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandNamed } from '../commands/index.ts';
import { printable } from '../printable.ts';
import type { BlackBoxEntry } from '../threads/black-box.ts';
import type { ConnectionThread } from '../threads/connection-thread.ts';

const KEPT = 50;

/**
 * Writes down what a dead thread did last, in `folder`/black-box, and returns the file's path. The newest
 * reports are kept. It holds neither texts nor passwords nor tokens.
 */
export function writeCrashReport(
  folder: string,
  thread: Pick<ConnectionThread, 'number' | 'served' | 'counters' | 'blackBox' | 'pulse'>,
  reason: string,
  connections: readonly string[],
): string {
  const reports = join(folder, 'black-box');
  mkdirSync(reports, { recursive: true, mode: 0o700 });
  const now = new Date().toISOString();
  const path = join(reports, `${now.replaceAll(':', '-')}-thread-${thread.number}.txt`);
  const counts = Object.entries(thread.counters.read()).map(([name, value]) => `${name} ${value}`);
  const lines = [
    `Thread ${thread.number} died at ${now}`,
    // With its stack.
    ...`Reason: ${reason}`.split('\n'),
    `It was ${thread.pulse.read().activity}, had served ${thread.served} connections, and held:`,
    ...(connections.length > 0 ? connections : ['no connection']).map((connection) => `  ${connection}`),
    `Counters: ${counts.join(', ')}`,
    '',
    'What it did last, oldest first:',
    ...thread.blackBox.read().map((entry) => `  ${describe(entry)}`),
  ];
  writeFileSync(path, `${lines.map(printable).join('\n')}\n`, { mode: 0o600 });
  for (const old of readdirSync(reports).sort().slice(0, -KEPT)) rmSync(join(reports, old));
  return path;
}

function describe({ at, event, connection, detail }: BlackBoxEntry): string {
  const what = event === 'asked' ? commandNamed(detail) : detail > 0 ? detail : '';
  return `${new Date(at).toISOString().slice(11, 23)}  connection ${connection}  ${event} ${what}`.trimEnd();
}
