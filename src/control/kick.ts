import * as z from 'zod';
import { say } from '../output.ts';
import { printableName } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { askServer } from './client.ts';

const kickSettings = z.object({ data: dataFolder });

export const kick: Subcommand = {
  settings: kickSettings,
  argument: 'USER|CONNECTION',
  intro: `Drops the connections of a user, or the connection of that number (as benang top shows it). Messages stay unread and
logins stay valid, so the client may come back.`,

  async run([whom, ...args]) {
    if (!whom || whom.startsWith('-')) {
      throw new StartupError('kick needs a user or the number of a connection; see --help', { exitCode: 2 });
    }
    const { data } = readSettings(kickSettings, args, process.env);
    const { kicked } = await askServer(data, { command: 'kick', whom });
    if (kicked.length === 0)
      throw new StartupError(
        `there is no connection of ${printableName(whom)}; benang top shows who is there`,
      );
    say(`dropped connection ${kicked.join(', ')}`);
    return 0;
  },
};
