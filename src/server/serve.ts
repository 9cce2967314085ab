import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Command } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { serverSettings } from '../config.ts';
import { createLog } from '../log.ts';
import { say } from '../output.ts';
import { readSettings } from '../settings.ts';
import type { Subcommand } from '../subcommand.ts';
import { Server } from './server.ts';
import { Signals } from './signals.ts';
import { limitYoungGeneration } from './young-generation.ts';

const USAGE_WIDTH = 28;

/** What is too long for its column has the help beneath. */
function describe({ usage, help }: Command): string {
  const fits = usage.length < USAGE_WIDTH;
  return `  ${fits ? usage.padEnd(USAGE_WIDTH) : `${usage}\n${' '.repeat(USAGE_WIDTH + 2)}`}${help}`;
}

export const serve: Subcommand = {
  settings: serverSettings,
  outlivesReader: true,
  intro: `Runs the chat server. Every connection gets a thread of its own; messages are kept in DIR/benang.db.
Each setting is a flag, an environment variable (BENANG_PORT) or a key in the JSON file (port), in this order.
Ctrl-C ends it: what was begun is finished and answered first; a second Ctrl-C ends at once. Closing its terminal ends it as well.
With TLS, SIGHUP makes it read the certificate and its key anew; open connections go on. Without, SIGHUP changes nothing.

What clients may ask, one request a line:
${[...commands.values()].map(describe).join('\n')}`,

  async run(args, root) {
    const settings = readSettings(serverSettings, args, process.env);
    limitYoungGeneration();
    const log = createLog({ level: settings.logLevel, format: settings.logFormat, rate: settings.logRate });
    const signals = new Signals(log);
    const server = await Server.start(
      settings,
      { thread: join(root, 'dist/connection.cjs'), accounts: join(root, 'data/users.json') },
      log,
    );
    // Before anyone can learn that the server runs, and end it.
    const signalled = nextSignal();
    signals.onReload(() => {
      if (!server.renewCertificate()) log.write('info', 'SIGHUP: there is nothing to read anew without TLS');
    });
    const { address, port } = server.address;
    say(`benang listening on ${isIPv6(address) ? `[${address}]` : address}:${port}`);

    const reason = await Promise.race([
      signalled,
      signals.hungUp,
      server.stopAsked.then(() => 'benang stop'),
    ]);
    signals.onReload(() => {});
    void nextSignal().then(() => process.exit(1));
    log.write('info', 'ending', { reason });
    await server.stop(settings.drainTimeout);
    log.write('info', 'ended');
    await log.close();
    return 0;
  },
};

function nextSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  return promise;
}
