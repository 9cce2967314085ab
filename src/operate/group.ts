import * as z from 'zod';
import { inColumns } from '../columns.ts';
import type { GroupStatus } from '../control/messages.ts';
import { say } from '../output.ts';
import { printableName } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { askOrDo } from './ask.ts';
import { confirm } from './password.ts';

const groupSettings = z.object({
  data: dataFolder,
  json: z.boolean().default(false).meta({ description: 'list: one JSON object a line', flagOnly: true }),
  yes: z.boolean().default(false).meta({ description: 'remove: do not ask', flagOnly: true }),
});
type GroupSettings = z.output<typeof groupSettings>;

export const group: Subcommand = {
  settings: groupSettings,
  argument: 'ACTION [GROUP]',
  intro: `Looks after the groups, whether the server runs or not.

  list      shows them all, with how many members each has and when its last message was sent
  remove    ends one: its members are in it no longer, everything that was sent to it goes, and its name is free again

A group ends by itself when its last member leaves or is removed.`,

  async run([action = '', ...rest]) {
    if (action === 'list') {
      await list(readSettings(groupSettings, rest, process.env));
      return 0;
    }
    if (action !== 'remove') {
      throw new StartupError('group needs list or remove; see --help', { exitCode: 2 });
    }
    const [name, ...args] = rest;
    if (!name || name.startsWith('--')) {
      throw new StartupError('group remove needs the name of a group; see --help', { exitCode: 2 });
    }
    await remove(name.replace(/^#/, ''), readSettings(groupSettings, args, process.env));
    return 0;
  },
};

async function remove(name: string, { data, yes }: GroupSettings): Promise<void> {
  if (!yes) {
    if (!process.stdin.isTTY) {
      throw new StartupError('removing cannot be undone: confirm it with --yes', { exitCode: 2 });
    }
    const sure = await confirm(`Remove group ${printableName(name)} and all its messages for good?`);
    if (!sure) throw new StartupError('nothing was removed');
  }
  const { members } = await askOrDo(data, { command: 'remove-group', name });
  if (members === null) {
    throw new StartupError(`there is no group ${printableName(name)}; benang group list shows them`);
  }
  say(`removed group ${printableName(name)}; it had ${members} member${members === 1 ? '' : 's'}`);
}

async function list({ data, json }: GroupSettings): Promise<void> {
  const { groups } = await askOrDo(data, { command: 'groups' });
  const sorted = groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(shown);
  const lines = json ? sorted.map((one) => JSON.stringify(one)) : table(sorted);
  for (const line of lines) say(line);
}

const shown = ({ name, members, password, lastSentAt }: GroupStatus) => ({
  name,
  members,
  password,
  last_sent_at: lastSentAt === null ? null : new Date(lastSentAt).toISOString(),
});

function table(groups: readonly ReturnType<typeof shown>[]): string[] {
  const rows = groups.map(({ name, members, password, last_sent_at: last }) => {
    const minute = last === null ? '-' : last.slice(0, 16).replace('T', ' ');
    return [printableName(name), String(members), password ? 'yes' : 'no', minute];
  });
  return inColumns(['GROUP', 'MEMBERS', 'PASSWORD', 'LAST MESSAGE'], rows);
}
