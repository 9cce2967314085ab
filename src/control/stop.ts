import * as z from 'zod';
import { say } from '../output.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { askAndStay } from './client.ts';

/** For what is done behind the draining: the last commits, and moving the log into the database. */
const MARGIN_MS = 60_000;
const stopSettings = z.object({ data: dataFolder });

export const stop: Subcommand = {
  settings: stopSettings,
  intro:
    'Ends the running server in order: what was begun is finished and answered first. Returns when it has ended.',

  async run(args) {
    const { data } = readSettings(stopSettings, args, process.env);
    const { reply, closed } = await askAndStay(data, { command: 'stop' });
    // Its process's end closes the connection, whatever becomes of the process's number: a parent may never ask for it, it may be
    // another's by now, and seen from outside of a container it means nothing.
    const within = (reply.drainTimeout ?? 0) + MARGIN_MS;
    if (!(await closed(within))) {
      throw new StartupError(
        `the server on ${data} has not ended within ${within / 1000} s of being told to; look at its log, and if need be kill its process (${reply.pid}, as it sees itself): nothing that was answered OK is lost`,
      );
    }
    say('stopped');
    return 0;
  },
};
