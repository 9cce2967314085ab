import * as z from 'zod';
import { inColumns } from '../columns.ts';
import type { AccountStatus, Changed, ControlRequest } from '../control/messages.ts';
import { shownFullName } from '../names/shown-name.ts';
import { complain, say } from '../output.ts';
import { printableName } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { accountRules } from '../store/accounts-file.ts';
import { hashPassword } from '../store/passwords.ts';
import type { Subcommand } from '../subcommand.ts';
import { askOrDo } from './ask.ts';
import { confirm, readNewPassword } from './password.ts';

const userSettings = z.object({
  data: dataFolder,
  nama: accountRules.nama
    .optional()
    .meta({ value: 'NAME', description: 'add: the full name; without it the username' }),
  negara: accountRules.negara.default('-').meta({ value: 'COUNTRY', description: 'add: the country' }),
  json: z.boolean().default(false).meta({ description: 'list: one JSON object a line', flagOnly: true }),
  yes: z.boolean().default(false).meta({ description: 'remove: do not ask', flagOnly: true }),
});
type UserSettings = z.output<typeof userSettings>;

/** What can be done with one account; each resolves to a line that says what was done. */
const actions: Record<string, (username: string, settings: UserSettings) => Promise<string>> = {
  add,
  passwd,
  disable: async (username, { data }) => {
    const changed = await change(data, { command: 'disable-account', username });
    return `disabled ${printableName(username)}${ended(changed)}`;
  },
  enable: async (username, { data }) => {
    await change(data, { command: 'enable-account', username });
    return `enabled ${printableName(username)}`;
  },
  remove,
};

export const user: Subcommand = {
  settings: userSettings,
  argument: 'ACTION [USERNAME]',
  intro: `Looks after the accounts, whether the server runs or not.

  add       makes an account
  passwd    gives it another password, and ends its sessions: someone may have stolen them
  disable   nobody can log in to it; its sessions end and its connections are dropped. Messages to it are kept; no group waits for
            it to read what was sent there
  enable    undoes that
  remove    takes the account for good, with its password, its sessions and its inbox. What it sent to others is still
            delivered. Nobody gets its name again, for those messages would be taken for the new owner's
  list      shows them all

A password is asked for on the terminal, or is the first line of stdin; it is never an argument, which others could see:

  benang user add messi --nama "Lionel Messi" --negara Argentina
  pass show chat/messi | benang user passwd messi`,

  async run([action = '', ...rest]) {
    if (action === 'list') {
      await list(readSettings(userSettings, rest, process.env));
      return 0;
    }
    const [username, ...args] = rest;
    if (!Object.hasOwn(actions, action)) {
      throw new StartupError(`user needs one of ${Object.keys(actions).join(', ')} or list; see --help`, {
        exitCode: 2,
      });
    }
    if (!username || username.startsWith('-')) {
      throw new StartupError(`user ${action} needs a username; see --help`, { exitCode: 2 });
    }
    const settings = readSettings(userSettings, args, process.env);
    say(await actions[action]!(username, settings));
    return 0;
  },
};

async function add(username: string, { data, nama = username, negara }: UserSettings): Promise<string> {
  const { success, error } = accountRules.username.safeParse(username);
  if (!success) throw new StartupError(`the username ${error.issues[0]!.message}`);
  const passwordHash = await hashPassword(await readNewPassword(username));
  const account = { username, nama, negara, passwordHash };
  const { outcome, looksLike } = await askOrDo(data, { command: 'add-account', account });
  if (outcome === 'taken')
    throw new StartupError(`there is an account ${printableName(username)} already; choose another name`);
  if (outcome === 'removed') {
    throw new StartupError(
      `${printableName(username)} was removed, and what it sent would be taken for the new account's; choose another name`,
    );
  }
  // It is the operator's to decide.
  if (looksLike !== undefined) {
    complain(
      `warning: ${printableName(username)} looks like ${printableName(looksLike)}, and people will take one for the other`,
    );
  }
  return `added ${printableName(username)}`;
}

async function passwd(username: string, { data }: UserSettings): Promise<string> {
  const passwordHash = await hashPassword(await readNewPassword(username));
  const changed = await change(data, { command: 'set-password', username, passwordHash });
  return `changed the password of ${printableName(username)}${ended(changed)}`;
}

async function remove(username: string, { data, yes }: UserSettings): Promise<string> {
  if (!yes) {
    if (!process.stdin.isTTY) {
      throw new StartupError('removing cannot be undone: confirm it with --yes', { exitCode: 2 });
    }
    const sure = await confirm(`Remove ${printableName(username)} and its inbox for good?`);
    if (!sure) throw new StartupError('nothing was removed');
  }
  const changed = await change(data, { command: 'remove-account', username });
  return `removed ${printableName(username)}${ended(changed)}`;
}

async function list({ data, json }: UserSettings): Promise<void> {
  const { accounts } = await askOrDo(data, { command: 'accounts' });
  const sorted = accounts.toSorted((a, b) => (a.username < b.username ? -1 : 1));
  const lines = json ? sorted.map((account) => JSON.stringify(account)) : table(sorted);
  for (const line of lines) say(line);
}

function table(accounts: readonly AccountStatus[]): string[] {
  const rows = accounts.map(({ username, nama, negara, state, unread }) => [
    printableName(username),
    shownFullName(nama),
    shownFullName(negara),
    state,
    String(unread),
  ]);
  return inColumns(['USERNAME', 'NAME', 'COUNTRY', 'STATE', 'UNREAD'], rows);
}

async function change(
  data: string,
  request: Extract<ControlRequest, { username: string }>,
): Promise<Changed> {
  const changed = await askOrDo(data, request);
  if (!changed.found) {
    throw new StartupError(
      `there is no account ${printableName(request.username)}; benang user list shows them`,
    );
  }
  return changed;
}

const ended = ({ sessions, connections }: Changed): string =>
  sessions + connections === 0 ? '' : `; sessions ended: ${sessions}, connections dropped: ${connections}`;
