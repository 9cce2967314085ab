import * as z from 'zod';
import { inColumns } from '../columns.ts';
import { MOST_INVITES_AT_ONCE } from '../control/messages.ts';
import { say } from '../output.ts';
import { printableName } from '../printable.ts';
import { dataFolder, durationUpTo, integer, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { hashInviteCode, newInviteCode } from '../store/invite-codes.ts';
import type { Invite } from '../store/invites.ts';
import type { Subcommand } from '../subcommand.ts';
import { askOrDo } from './ask.ts';

const inviteSettings = z.object({
  data: dataFolder,
  count: integer(1, MOST_INVITES_AT_ONCE).default(1).meta({ value: 'N', description: 'make so many' }),
  expires: durationUpTo('366d')
    .prefault('7d')
    .meta({ value: 'TIME', description: 'how long they are good: 12h, 7d' }),
  json: z.boolean().default(false).meta({ description: 'list: one JSON object a line', flagOnly: true }),
});
type InviteSettings = z.output<typeof inviteSettings>;

export const invite: Subcommand = {
  settings: inviteSettings,
  argument: '[list | revoke ID]',
  intro: `Makes invites, whether the server runs or not: each is good for one account, and a server that was started with
--registration invite takes nobody without one. Prints one a line. They are stored as hashes only, so they are not shown again.

  list       shows those that were made, and who has used them
  revoke ID  takes one back that was not used

  benang invite --count 30 --expires 14d > invites.txt`,

  async run([action = '', ...rest]) {
    if (action === '' || action.startsWith('-')) {
      const args = action === '' ? rest : [action, ...rest];
      await make(readSettings(inviteSettings, args, process.env));
    } else if (action === 'list') {
      await list(readSettings(inviteSettings, rest, process.env));
    } else if (action === 'revoke') {
      const [id = '', ...args] = rest;
      if (!/^\d{1,15}$/.test(id)) {
        throw new StartupError('invite revoke needs the ID of an invite; benang invite list shows them', {
          exitCode: 2,
        });
      }
      await revoke(Number(id), readSettings(inviteSettings, args, process.env));
    } else {
      throw new StartupError('invite takes list, revoke ID or nothing; see --help', { exitCode: 2 });
    }
    return 0;
  },
};

async function make({ data, count, expires }: InviteSettings): Promise<void> {
  const codes = Array.from({ length: count }, newInviteCode);
  await askOrDo(data, {
    command: 'add-invites',
    codeHashes: codes.map(hashInviteCode),
    lifetime: expires,
  });
  // Only now, for nobody may be given one that is not stored.
  say(codes.join('\n'));
}

async function list({ data, json }: InviteSettings): Promise<void> {
  const { invites } = await askOrDo(data, { command: 'invites' });
  const lines = json ? invites.map((one) => JSON.stringify(shown(one))) : table(invites);
  for (const line of lines) say(line);
}

async function revoke(id: number, { data }: InviteSettings): Promise<void> {
  const { outcome } = await askOrDo(data, { command: 'revoke-invite', id });
  if (outcome === 'used') {
    throw new StartupError(
      `invite ${id} was used; benang invite list shows by whom, benang user disable shuts them out`,
    );
  }
  if (outcome === 'no such invite') {
    throw new StartupError(`there is no invite ${id}; benang invite list shows them`);
  }
  say(`revoked invite ${id}`);
}

function shown({ id, madeAt, expiresAt, expired, used }: Invite) {
  const state = used ? 'used' : expired ? 'expired' : 'good';
  return {
    id,
    state,
    made_at: iso(madeAt),
    expires_at: iso(expiresAt),
    used_at: used ? iso(used.at) : null,
    used_by: used?.by ?? null,
  };
}

function table(invites: readonly Invite[]): string[] {
  const rows = invites.map((one) => {
    const { id, state, made_at, expires_at, used_by } = shown(one);
    return [state, minute(made_at), minute(expires_at), printableName(used_by ?? '-'), String(id)];
  });
  return inColumns(['STATE', 'MADE', 'EXPIRES', 'USED BY', 'ID'], rows);
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');
