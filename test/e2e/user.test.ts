import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Pty } from '../support/pty.ts';
import { openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const user = (data: string, args: readonly string[], input: string | Buffer = '') =>
  runBenang(['user', ...args, '--data', data], { input });
const gone = 'Informasi tidak ditemukan';

interface Listed {
  username: string;
  state: string;
  unread: number;
}
const list = async (data: string): Promise<Listed[]> =>
  (await user(data, ['list', '--json'])).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a password on stdin is what was meant, however a system writes text', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const inputs = ['\ufeffrésumé\r\n', 're\u0301sume\u0301\n', 'résumé', 'résumé\nnoch\0'];
  for (const [number, input] of inputs.entries()) {
    const username = `budi${number}`;
    expect((await user(server.data, ['add', username], input)).stderr).toBe('');
    for (const typed of ['résumé', 're\u0301sume\u0301']) await wire.login(username, typed);
  }
  const changed = await user(server.data, ['passwd', 'budi0'], '\ufeffbaru\r\n');
  expect(changed.code).toBe(0);
  await (await Wire.open(server.port)).login('budi0', 'baru');
  for (const [input, fault] of [
    [Buffer.from('\ufeffrahasia\r\n', 'utf16le'), 'is UTF-16; save it as UTF-8'],
    [Buffer.from('résumé\n', 'latin1'), 'is not valid UTF-8; save it as UTF-8'],
    ['raha\0sia\n', 'holds NUL bytes, so it is no text, or damaged'],
  ] as const) {
    expect(await user(server.data, ['add', 'siti'], input)).toEqual({
      stdout: '',
      stderr: `benang: the password on stdin ${fault}\n`,
      code: 1,
    });
  }
});

test('a name that looks like another is the operator’s to give, with a warning', async () => {
  const server = await startServer();
  expect(await user(server.data, ['add', 'mеssi'], 'x\n')).toEqual({
    stdout: 'added mеssi\n',
    stderr: 'benang: warning: mеssi looks like messi, and people will take one for the other\n',
    code: 0,
  });
  expect((await user(server.data, ['add', 'messi\u200b'], 'x\n')).stderr).toMatch(
    /^benang: warning: messi\\u200b looks like m.ssi, and/,
  );
  await user(server.data, ['remove', 'mеssi', '--yes']);
  expect((await user(server.data, ['list'])).stdout).toMatch(/^messi\\u200b /m);
  await server.stop();
  expect((await user(server.data, ['add', 'LINEKER'], 'x\n')).stderr).toContain('LINEKER looks like lineker');
  expect((await user(server.data, ['add', 'tono'], 'x\n')).stderr).toBe('');
});

describe('user, while the server runs', () => {
  test('add: the account can log in at once, and has what was given', async () => {
    const server = await startServer();
    const added = await user(
      server.data,
      ['add', 'budi', '--nama', 'Budi', '--negara', 'Indonesia'],
      'rahasia\nignored\n',
    );
    expect(added).toEqual({ stdout: 'added budi\n', stderr: '', code: 0 });
    const wire = await Wire.open(server.port);
    await wire.login('budi', 'rahasia');
    const { messages } = await wire.ask('online');
    expect(Object.values(messages as object)).toEqual([
      { username: 'budi', userdetail: { nama: 'Budi', negara: 'Indonesia' } },
    ]);
    expect((await user(server.data, ['add', 'budi'], 'x\n')).stderr).toBe(
      'benang: there is an account budi already; choose another name\n',
    );
    expect(server.log()).not.toContain('rahasia');
  });

  test('passwd: the new password counts, the old one and the sessions do not', async () => {
    const server = await startServer();
    const [messi, lineker] = [await Wire.open(server.port), await Wire.open(server.port)];
    const token = await messi.login('messi');
    const kept = await lineker.login('lineker');
    const changed = await user(server.data, ['passwd', 'messi'], 'baru\r\n');
    expect(changed.stdout).toBe('changed the password of messi; sessions ended: 1, connections dropped: 1\n');
    await messi.rest();
    expect(await lineker.ask(`inbox ${token}`)).toMatchObject({ message: gone });
    expect(await lineker.ask(`inbox ${kept}`)).toMatchObject({ status: 'OK' });
    expect(await lineker.ask('auth messi surabaya')).toMatchObject({ message: 'Password Salah' });
    expect(await lineker.ask('auth messi baru')).toMatchObject({ status: 'OK' });
  });

  test('disable drops every connection with its sessions, for good; messages are kept until enable', async () => {
    const server = await startServer();
    const [login, other, lineker] = await Promise.all([0, 1, 2].map(() => Wire.open(server.port)));
    const token = await login!.login('messi');
    // One that has only used the token.
    await other!.ask(`inbox ${token}`);
    const friend = await lineker!.login('lineker');
    const disabled = await user(server.data, ['disable', 'messi']);
    expect(disabled.stdout).toBe('disabled messi; sessions ended: 1, connections dropped: 2\n');
    await Promise.all([login!.rest(), other!.rest()]);
    await server.kill();

    const again = await startServer({ data: server.data });
    const wire = await Wire.open(again.port);
    expect(await wire.ask(`inbox ${token}`)).toMatchObject({ message: gone });
    expect(await wire.ask('auth messi wrong')).toMatchObject({ message: 'Password Salah' });
    expect(await wire.ask('auth messi surabaya')).toEqual({
      status: 'ERROR',
      message: 'Account is disabled',
    });
    expect(await wire.ask(`send ${friend} messi halo`)).toMatchObject({ status: 'OK' });
    expect((await list(again.data)).find(({ username }) => username === 'messi')).toMatchObject({
      state: 'disabled',
      unread: 1,
    });
    expect((await user(again.data, ['enable', 'messi'])).stdout).toBe('enabled messi\n');
    const inbox = await wire.ask(`inbox ${await wire.login('messi')}`);
    expect(JSON.stringify(inbox)).toContain('halo');
  });

  test('remove: its inbox and sessions go, what it sent is delivered, its name stays taken', async () => {
    const server = await startServer();
    const [messi, lineker] = [await Wire.open(server.port), await Wire.open(server.port)];
    const token = await messi.login('messi');
    const friend = await lineker.login('lineker');
    await messi.ask(`send ${token} lineker selamat tinggal`);
    await lineker.ask(`send ${friend} messi halo`);
    expect((await user(server.data, ['remove', 'messi'])).code).toBe(2);
    const removed = await user(server.data, ['remove', 'messi', '--yes']);
    expect(removed.stdout).toBe('removed messi; sessions ended: 1, connections dropped: 1\n');
    await messi.rest();
    await server.logged('deleted the inbox of messi');
    expect(await lineker.ask(`send ${friend} messi halo`)).toMatchObject({
      message: 'User Tidak Ditemukan',
    });
    expect(await lineker.ask('auth messi surabaya')).toMatchObject({ message: 'User Tidak Ada' });
    expect(await lineker.ask(`inbox ${friend}`)).toMatchObject({
      messages: { messi: [{ msg_from: 'Lionel Messi', msg: 'selamat tinggal' }] },
    });
    expect((await list(server.data)).map(({ username }) => username)).toEqual(['henderson', 'lineker']);
    const again = await user(server.data, ['add', 'messi'], 'x\n');
    expect([again.stderr, again.code]).toEqual([
      "benang: messi was removed, and what it sent would be taken for the new account's; choose another name\n",
      1,
    ]);
  });
});

describe('user, while no server runs', () => {
  test('does the same to the database', async () => {
    const data = tempFolder();
    expect((await user(data, ['add', 'budi'], 'rahasia')).stdout).toBe('added budi\n');
    expect((await user(data, ['add', 'ann'], 'rahasia')).stdout).toBe('added ann\n');
    expect((await user(data, ['passwd', 'budi'], 'baru')).stdout).toBe('changed the password of budi\n');
    expect((await user(data, ['disable', 'budi'])).stdout).toBe('disabled budi\n');
    expect((await user(data, ['remove', 'ann', '--yes'])).stdout).toBe('removed ann\n');
    expect((await user(data, ['list'])).stdout).toBe(
      'USERNAME  NAME  COUNTRY  STATE     UNREAD\nbudi      budi  -        disabled       0\n',
    );
    const server = await startServer({ data });
    const wire = await Wire.open(server.port);
    expect(await wire.ask('auth budi baru')).toMatchObject({ message: 'Account is disabled' });
    expect(await wire.ask('auth messi surabaya')).toMatchObject({ message: 'User Tidak Ada' });
  });

  test('a folder without a database, and one that somebody holds who does not answer', async () => {
    const data = tempFolder();
    expect((await user(data, ['list'])).stderr).toBe(
      `benang: there is no database in ${data}; name the server's folder with --data\n`,
    );
    openStore(data);
    expect((await user(data, ['list'])).stderr).toMatch(
      /^benang: .* is in use by a benang that does not answer: [^\n]*try again in a moment\n$/,
    );
  });
});

test('a wrong call is exit code 2, a bad name or password one sentence without the password', async () => {
  const data = tempFolder();
  for (const args of [
    [],
    ['dance', 'x'],
    ['add'],
    ['disable', '--yes'],
    ['passwd', 'x', '--password', 'y'],
  ]) {
    expect((await user(data, args)).code).toBe(2);
  }
  for (const [username, password, sentence] of [
    ['a b', 'x', /the username must not hold spaces/],
    ['x'.repeat(201), 'x', /the username must have at most 200/],
    ['ann', '', /the password must not be empty/],
    ['ann', 'hunter 22', /the password must not hold spaces/],
    ['ann', 'hunter\t22', /the password must not hold spaces/],
  ] as const) {
    const { stderr, code } = await user(data, ['add', username], `${password}\n`);
    expect(stderr).toMatch(sentence);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(stderr).not.toContain('hunter');
    expect(code).toBe(1);
  }
  await user(data, ['add', 'ann'], 'x');
  const { stderr, code } = await user(data, ['disable', 'nobody']);
  expect([stderr, code]).toEqual(['benang: there is no account nobody; benang user list shows them\n', 1]);
});

// The pseudo-terminal comes from util-linux.
(process.platform === 'linux' ? describe : describe.skip)('user on a terminal', () => {
  const open = (data: string, ...args: string[]) =>
    Pty.open(['user', ...args, '--data', data], cleanEnvironment({ TERM: 'xterm' }));

  test('asks for the password twice and does not show it', async () => {
    const data = tempFolder();
    const terminal = open(data, 'add', 'ann');
    await terminal.shows('New password for ann: ');
    terminal.type('rahasia\r');
    await terminal.shows('Once more: ');
    terminal.type('rahasiq\u007fb\r');
    await terminal.shows('They differ; try again.');
    await terminal.shows('New password for ann: ');
    terminal.type('rahasia\r');
    await terminal.shows('Once more: ');
    terminal.type('rahasiq\u007fa\r');
    await terminal.shows('added ann');
    expect(await terminal.ended).toBe(0);
    expect(terminal.seen()).not.toContain('rahas');
    const server = await startServer({ data });
    await (await Wire.open(server.port)).login('ann', 'rahasia');
  });

  test('Ctrl-C at the prompt changes nothing', async () => {
    const data = tempFolder();
    const terminal = open(data, 'add', 'ann');
    await terminal.shows('New password for ann: ');
    terminal.type('half\u0003');
    await terminal.shows('left without a password; nothing was changed');
    expect(await terminal.ended).toBe(1);
    expect((await user(data, ['list'])).code).toBe(1);
  });

  test('asks before it removes', async () => {
    const data = tempFolder();
    await user(data, ['add', 'ann'], 'x');
    const no = open(data, 'remove', 'ann');
    await no.shows('Remove ann and its inbox for good? [y/N]');
    no.type('\r');
    await no.shows('nothing was removed');
    expect(await no.ended).toBe(1);
    const yes = open(data, 'remove', 'ann');
    await yes.shows('[y/N]');
    yes.type('y\r');
    await yes.shows('removed ann');
    expect(await yes.ended).toBe(0);
  });
});
