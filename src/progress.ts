import { performance } from 'node:perf_hooks';
import { printable } from './printable.ts';

let shownAt = 0;

/** Shows on stderr what is going on: on a terminal one line that changes, elsewhere a line every few seconds. */
export function progress(what: string, final = false): void {
  const line = printable(what);
  const now = performance.now();
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}${final && line ? '\n' : ''}`);
  else if (line && (final || now - shownAt >= 2000)) {
    shownAt = now;
    process.stderr.write(`${line}\n`);
  }
}
