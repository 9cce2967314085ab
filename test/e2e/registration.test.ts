import { expect, test } from '@jest/globals';
import { runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const error = (message: string) => ({ status: 'ERROR', message });
const invite = (data: string, ...args: string[]) => runBenang(['invite', ...args, '--data', data]);
const codesOf = ({ stdout }: { stdout: string }): string[] => stdout.trimEnd().split('\n');

async function serverThatTakes(who: string, data = tempFolder()) {
  return startServer({ data, args: ['--registration', who] });
}

test('open: register logs in with the reply, and kill -9 behind it loses neither account nor session', async () => {
  const server = await serverThatTakes('open');
  const wire = await Wire.open(server.port);
  await wire.write('register Budi-Santoso Indonesia budi rahasia \r\n');
  const reply = await wire.reply();
  expect(reply).toMatch(/^\{"status": "OK", "tokenid": "[0-9a-f-]{36}"\}\r\n\r\n$/);
  const token = String(JSON.parse(reply).tokenid);
  await server.kill();

  const again = await serverThatTakes('closed', server.data);
  const other = await Wire.open(again.port);
  await other.login('budi', 'rahasia');
  expect(Object.values((await other.ask('online')).messages as object)).toEqual([
    { username: 'budi', userdetail: { nama: 'Budi Santoso', negara: 'Indonesia' } },
  ]);
  expect(await other.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
  expect(server.log()).toContain('account budi was registered');
  for (const secret of ['rahasia', token]) expect(server.log()).not.toContain(secret);
});

test('open: names that are taken, look taken or break the rule, and too many', async () => {
  const server = await startServer({ args: ['--registration', 'open', '--max-accounts', '5'] });
  const wire = await Wire.open(server.port);
  const register = (username: string, password = 'x', name = 'N') =>
    wire.ask(`register ${name} X ${username} ${password}`);
  expect(await register('messi')).toEqual(error('User sudah ada'));
  for (const name of ['Messi', 'mess1', 'rnessi', 'méssi']) {
    expect(await register(name)).toEqual(error('Username looks like one that is taken'));
  }
  for (const name of ['мessi', '-budi', '1budi', '', 'x'.repeat(33)]) {
    const { message } = await register(name);
    expect(message).toMatch(/^Username must have 1 to 32 letters of one script, /);
  }
  expect(await register('budi', '')).toEqual(
    error('Password must have 1 to 200 characters, no spaces and no control characters'),
  );
  expect((await register('budi', 'x', '-')).message).toMatch(/^Name and country must have /);
  expect(await wire.ask('register A B budi')).toEqual(error('--Protocol Tidak Benar'));

  const wires = await Promise.all([0, 1, 2, 3].map(() => Wire.open(server.port)));
  const raced = await Promise.all(wires.map((one) => one.ask('register Budi X budi rahasia')));
  expect(raced.map(({ status }) => status).sort()).toEqual(['ERROR', 'ERROR', 'ERROR', 'OK']);
  expect(await register('cici')).toMatchObject({ status: 'OK' });
  expect(await register('dodo')).toEqual(error('Server has no room for more accounts'));
});

test('closed, which is the default: the same whatever is asked', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  for (const rest of ['A B budi rahasia', 'A B messi rahasia', 'A B 1 x', 'A B budi x code', '   ']) {
    expect(await wire.ask(`register ${rest}`)).toEqual(error('Registration is closed'));
  }
});

test('invite: each is good once, and the operator sees by whom', async () => {
  const server = await serverThatTakes('invite');
  const wire = await Wire.open(server.port);
  const made = await invite(server.data, '--count', '3');
  const [first, second, third] = codesOf(made);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(made).toMatchObject({ stderr: '', code: 0 });
  const none = error('Invite is missing, wrong, used or expired');
  for (const rest of ['A B budi x', 'A B budi x ', 'A B messi x guess', 'A B 1 x guess']) {
    expect(await wire.ask(`register ${rest}`)).toEqual(none);
  }
  expect(await wire.ask(`register A B messi x ${first}`)).toEqual(error('User sudah ada'));
  expect(await wire.ask(`register A B budi rahasia ${first}`)).toMatchObject({ status: 'OK' });
  expect(await wire.ask(`register A B cici rahasia ${first}`)).toEqual(none);
  await server.kill();

  // The same without a server.
  expect((await invite(server.data, 'revoke', '2')).stdout).toBe('revoked invite 2\n');
  expect((await invite(server.data, 'revoke', '1')).stderr).toMatch(/^benang: invite 1 was used; /);
  expect((await invite(server.data, 'revoke', '9')).stderr).toMatch(/^benang: there is no invite 9; /);
  const [fourth] = codesOf(await invite(server.data, '--expires', '1ms'));
  const listed = (await invite(server.data, 'list', '--json')).stdout;
  expect(codesOf({ stdout: listed }).map((line) => JSON.parse(line))).toMatchObject([
    { id: 1, state: 'used', used_by: 'budi' },
    { id: 3, state: 'good', used_by: null },
    { id: 4, state: 'expired', used_by: null },
  ]);
  expect((await invite(server.data, 'list')).stdout).toMatch(
    /^STATE +MADE +EXPIRES +USED BY +ID\nused .* budi +1\n/,
  );
  const again = await serverThatTakes('invite', server.data);
  const other = await Wire.open(again.port);
  for (const code of [first, second, fourth]) {
    expect(await other.ask(`register A B cici rahasia ${code}`)).toEqual(none);
  }
  expect(await other.ask(`register A B cici rahasia ${third}`)).toMatchObject({ status: 'OK' });
  for (const log of [server.log(), again.log()]) {
    for (const secret of [first!, second!, third!, 'rahasia']) expect(log).not.toContain(secret);
  }
});

test('a backup that is restored brings no unused invite back to life, and check looks at them', async () => {
  const server = await serverThatTakes('invite');
  const [used, unused] = codesOf(await invite(server.data, '--count', '2'));
  const wire = await Wire.open(server.port);
  await wire.ask(`register A B budi rahasia ${used}`);
  await wire.close();
  await server.stop();
  const file = `${tempFolder()}/backup.db`;
  expect((await runBenang(['backup', file, '--data', server.data])).code).toBe(0);
  const elsewhere = tempFolder();
  expect((await runBenang(['restore', file, '--data', elsewhere])).code).toBe(0);
  const checked = await runBenang(['check', '--data', elsewhere]);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('invites are stored as hashes') });
  const again = await serverThatTakes('invite', elsewhere);
  const other = await Wire.open(again.port);
  expect((await other.ask(`register A B cici x ${unused}`)).message).toMatch(/^Invite is missing/);
  await other.login('budi', 'rahasia');
});

test('a wrong call of invite is exit code 2', async () => {
  const data = tempFolder();
  for (const args of [
    ['dance'],
    ['revoke'],
    ['revoke', 'x'],
    ['--count', '0'],
    ['--expires', 'soon'],
    ['1'],
  ]) {
    expect((await invite(data, ...args)).code).toBe(2);
  }
  expect((await invite(data)).stderr).toBe(
    `benang: there is no database in ${data}; name the server's folder with --data\n`,
  );
});
