import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { warnOfKnownPasswords } from '../../src/server/known-passwords.ts';
import { hashPassword } from '../../src/store/passwords.ts';
import { root } from '../support/program.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openStore } from '../support/store.ts';

const file = join(root, 'data/users.json');

test('who has the password that everybody can read is named, as long as it lets anybody in', async () => {
  const store = openStore();
  const [known, other] = [await hashPassword('surabaya'), await hashPassword('another')];
  const account = (username: string, passwordHash: string) => ({
    username,
    nama: 'A',
    negara: 'B',
    passwordHash,
  });
  await store.addAccounts([account('messi', known), account('henderson', other), account('ann', known)]);
  const log = quietLog();
  const look = () => warnOfKnownPasswords(store, file, log);
  await look();
  expect(log.lines).toEqual([
    expect.stringMatching(
      /^warn everybody knows the password of messi and can log in: give each another one /,
    ),
  ]);
  expect(log.lines.join()).not.toContain('surabaya');
  log.lines.length = 0;

  await store.changeAccount('messi', { state: 'disabled' });
  await look();
  await store.changeAccount('messi', { state: 'enabled' });
  await store.changeAccount('messi', { passwordHash: other });
  await look();
  expect(log.lines).toEqual([]);

  await store.changeAccount('henderson', { passwordHash: known });
  await store.addAccount(account('lineker', known));
  await look();
  expect(log.lines).toEqual([expect.stringContaining('the password of henderson, lineker and can')]);
});
