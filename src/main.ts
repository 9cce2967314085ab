#!/usr/bin/env node
import { join } from 'node:path';

// Everything else is loaded below this check, for an older Node could not even load it: moving a socket into
// a thread came with 26.6 (Node's documentation of net, "Transferring TCP handles to other threads").
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 26 || (major === 26 && minor < 6)) {
  process.stderr.write(
    `benang: needs Node 26.6 or newer, and this is ${process.version}; install it, for example with npm install node@26\n`,
  );
  process.exitCode = 1;
} else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv.slice(2), join(import.meta.dirname, '..'));
}
