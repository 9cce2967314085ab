import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { hashPasswords, readEntries } from '../../src/store/accounts-file.ts';
import { verifyPassword } from '../../src/store/passwords.ts';
import { root } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

const good = { username: 'ann', nama: 'Ann', negara: 'X', password: 'hunter22' };

function write(content: unknown): string {
  const path = join(tempFolder(), 'accounts.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('the accounts that come with the program are the three of the brief', async () => {
  const accounts = await hashPasswords(readEntries(join(root, 'data/users.json')));
  expect(accounts.map(({ username, nama, negara }) => [username, nama, negara])).toEqual([
    ['messi', 'Lionel Messi', 'Argentina'],
    ['henderson', 'Jordan Henderson', 'Inggris'],
    ['lineker', 'Gary Lineker', 'Inggris'],
  ]);
  for (const { passwordHash } of accounts) expect(await verifyPassword(passwordHash, 'surabaya')).toBe(true);
});

test('a byte order mark is no mistake', async () => {
  expect(readEntries(write(`\ufeff${JSON.stringify([good])}`))).toHaveLength(1);
});

test('a file in UTF-16 is named as that', () => {
  const path = write('');
  writeFileSync(path, Buffer.from(`\ufeff${JSON.stringify([good])}`, 'utf16le'));
  expect(() => readEntries(path)).toThrow(/: is UTF-16; save it as UTF-8; nothing was imported/);
});

test('progress is told', async () => {
  const told: number[] = [];
  await hashPasswords(readEntries(write([good, { ...good, username: 'bob' }])), (done, all) =>
    told.push(done, all),
  );
  expect(told).toEqual([1, 2, 2, 2]);
});

test.each([
  ['no JSON', '[{"password": "hunter22", }]', /is not valid JSON/],
  ['no list', { users: [] }, /must be a list/],
  ['no account', [], /has no account/],
  [
    'a username that turns the line around',
    [{ ...good, username: 'a\u202eb' }],
    /entry 1, username: must not hold/,
  ],
  [
    'a username like an option',
    [{ ...good, username: '-yes' }],
    /entry 1, username: must not begin with a dash/,
  ],
  ['an empty username', [good, { ...good, username: '' }], /entry 2, username: must not be empty/],
  ['a space in a username', [{ ...good, username: 'an n' }], /entry 1, username: must not hold spaces/],
  [
    'a line end in a password',
    [{ ...good, password: 'hunter\n22' }],
    /entry 1, password: must not hold spaces/,
  ],
  ['a missing key', [{ ...good, nama: undefined }], /entry 1, nama: /],
  ['a key too many', [{ ...good, admin: true }], /entry 1: .*admin/],
  ['the same username twice', [good, good], /entry 2, username: "ann" is there twice/],
  ['not an object', ['hunter22'], /entry 1: /],
])('%s: refused whole, with the entry and the reason and no password', (_name, content, reason) => {
  let message = '';
  try {
    readEntries(write(content));
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toMatch(reason);
  expect(message).toMatch(/nothing was imported/);
  expect(message).not.toMatch(/hunter/);
});

test('a file that is not there', () => {
  expect(() => readEntries('/nowhere/accounts.json')).toThrow(/cannot be read \(ENOENT\)/);
});
