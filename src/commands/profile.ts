import { readFullName } from '../names/full-name.ts';
import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';

const changed = keepEncoded({ status: 'OK', message: 'Profile Changed' });

export const profile = defineCommand({
  name: 'profile',
  arguments: { token: word, name: word, country: word },
  help: 'change your full name and country; a - stands for a space',
  session: 'required',
  // So that whatever is asked behind it shows the new name.
  exclusive: true,
  async run({ name, country }, { sessions, log }, { id, account }) {
    log(() => `PROFILE: ${id}`);
    const [nama, negara] = [readFullName(name), readFullName(country)];
    if (nama === undefined || negara === undefined) return refuse(refusals.badFullName);
    await sessions.changeProfile(account, { nama, negara });
    return changed;
  },
});
