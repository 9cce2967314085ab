import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { openAsItIs } from '../../src/store/open.ts';
import { overwrite, truncate } from '../support/damage.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { executable, runBenang, runToEnd, startServer } from '../support/program.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const run = (data: string, ...args: string[]) => runBenang([...args, '--data', data]);

interface Exported {
  id: number;
  from: string;
  to: string;
  text: string;
  sent_at: string;
  read_at: string | null;
}
const parse = (lines: string): Exported[] =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const temporaries = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('tmp'));

/** A data folder in which there are so many messages of 200 characters. */
async function filled(messages: number): Promise<string> {
  const data = tempFolder();
  const store = openStore(data);
  const { ann } = await addAccounts(store, 'ann', 'bob');
  const sends = Array.from({ length: messages }, (_, index) =>
    store.addMessage({ sender: ann, recipient: 'bob', text: `${index} ${'x'.repeat(200)}`, sentAt: 1 }),
  );
  await Promise.all(sends);
  await closeStore(store);
  return data;
}

test('a backup made in the data folder itself, and nothing is left beside it', async () => {
  const data = await filled(1);
  writeFileSync(join(data, 'snapshot.0123.benang-tmp'), 'left');
  expect(await run(data, 'backup', join(data, 'monday.db'))).toMatchObject({ code: 0, stderr: '' });
  expect(temporaries(data)).toEqual([]);
  expect((await run(data, 'check', '--file', join(data, 'monday.db'))).code).toBe(0);
});

test('a backup under load, restored elsewhere, is clean and holds what was acknowledged before it began', async () => {
  const server = await startServer();
  const acknowledged: string[] = [];
  let playing = true;
  const players = Array.from({ length: 5 }, async (_, number) => {
    const wire = await Wire.open(server.port);
    const token = await wire.login('messi');
    for (let sent = 0; playing; sent++) {
      const text = `${number}-${sent}`;
      expect(await wire.ask(`send ${token} lineker ${text}`)).toMatchObject({ status: 'OK' });
      acknowledged.push(text);
    }
  });
  while (acknowledged.length < 500) await new Promise(setImmediate);

  const file = join(tempFolder(), 'backup.db');
  const before = [...acknowledged];
  const made = await run(server.data, 'backup', file);
  const after = acknowledged.length;
  playing = false;
  await Promise.all(players);
  expect(made.stderr).toBe('');
  expect(made.stdout).toMatch(new RegExp(`^${file}: [0-9.]+ [kM]B, 3 accounts, \\d+ messages\\n$`));
  // Else nothing was written meanwhile, and this shows little.
  expect(after).toBeGreaterThan(before.length);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['backup.db']);
  // SQLite, "Database File Format", 1.3: 1 is a rollback journal, 2 would be a WAL.
  expect([...readFileSync(file).subarray(18, 20)]).toEqual([1, 1]);
  expect((await runBenang(['check', '--file', file])).code).toBe(0);

  const elsewhere = join(tempFolder(), 'made', 'by', 'restore');
  const restored = await run(elsewhere, 'restore', file);
  expect(restored.stdout).toMatch(/^restored 3 accounts and \d+ messages into /);
  const checked = await run(elsewhere, 'check');
  expect(checked.stdout).toMatch(/^ok {5}pages of the file: \d+$/m);
  expect(checked.code).toBe(0);
  const texts = parse((await run(elsewhere, 'export')).stdout).map(({ text }) => text);
  expect(before.filter((text) => !texts.includes(text))).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);

  const again = await startServer({ data: elsewhere });
  const wire = await Wire.open(again.port);
  const token = await wire.login('lineker');
  expect(JSON.stringify(await wire.ask(`inbox ${token}`))).toContain(before[0]!);
});

describe('backup', () => {
  test('replaces nothing unless told so, and wants a folder that is there', async () => {
    const data = await filled(1);
    const folder = tempFolder();
    const file = join(folder, 'backup.db');
    writeFileSync(file, 'precious');
    const refused = await run(data, 'backup', file);
    expect([refused.stderr, refused.code]).toEqual([
      `benang: ${file} is there already; choose another name, or replace it with --force\n`,
      1,
    ]);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const forced = await run(data, 'backup', file, '--force');
    expect(forced.stdout).toMatch(/2 accounts, 1 messages\n$/);
    expect((await run(data, 'backup', folder)).stderr).toMatch(/^benang: .* is a folder; [^\n]*\n$/);
    expect((await run(data, 'backup', join(folder, 'no', 'where'))).stderr).toMatch(
      /^benang: there is no folder .*; make it first\n$/,
    );
    expect((await run(data, 'backup')).code).toBe(2);
    expect((await run(tempFolder(), 'backup', join(folder, 'new.db'))).stderr).toMatch(
      /^benang: there is no database in .*; name the server's folder with --data\n$/,
    );
    expect(readdirSync(folder)).toEqual(['backup.db']);
  });

  test('a server that cannot open the file says so, for then there is another way', async () => {
    const server = await startServer();
    const file = join(tempFolder(), 'nowhere', 'backup.db');
    expect(await askServer(server.data, { command: 'backup', file })).toEqual({ copied: false });
  });

  test('names that look like an address to SQLite are names', async () => {
    const cwd = tempFolder();
    const here = (...args: string[]) =>
      runBenang([...args, '--data', 'file:data?mode=memory'], { cwd, input: 'pw' });
    expect((await here('user', 'add', 'ann')).stdout).toBe('added ann\n');
    expect((await here('backup', 'file:backup?mode=memory')).stdout).toMatch(/1 accounts, 0 messages\n$/);
    expect((await here('restore', 'file:backup?mode=memory')).stdout).toMatch(/^restored 1 accounts/);
    expect((await here('check')).code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(['file:backup?mode=memory', 'file:data?mode=memory']);
  });

  test('of a damaged database is made, and said to be of one', async () => {
    const data = await filled(2000);
    const db = join(data, 'benang.db');
    overwrite(db, Math.floor(statSync(db).size / 8192) * 4096, Buffer.alloc(4096));
    const file = join(tempFolder(), 'backup.db');
    const { stderr, code } = await run(data, 'backup', file);
    expect(stderr).toMatch(
      /^benang: the backup was made, but the database is damaged \(.*\); keep your older/,
    );
    expect(code).toBe(1);
    expect(statSync(file).size).toBe(statSync(db).size);
    const checked = await run(data, 'check');
    expect(checked.stdout).toMatch(/^wrong {2}pages of the file\n {7}\S/);
    expect(checked.stderr).toMatch(
      /^benang: the database in .* is damaged; make a backup of what there is[^\n]*\n$/,
    );
    expect(checked.code).toBe(1);
    expect((await runBenang(['check', '--file', file])).code).toBe(1);
    const restored = await run(tempFolder(), 'restore', file);
    expect(restored.stderr).toMatch(/^benang: .* is damaged \(.*\); nothing was replaced, restore another/);
    expect(restored.code).toBe(1);
  });

  test('an ending server says so, and leaves nothing half done', async () => {
    const server = await startServer({ data: await filled(50_000) });
    const folder = tempFolder();
    const backup = run(server.data, 'backup', join(folder, 'backup.db'));
    while (temporaries(folder).length === 0) await new Promise(setImmediate);
    expect(await server.stop()).toBe(0);
    const { stderr, code } = await backup;
    // It may have been made in time.
    if (code === 0) return;
    expect(stderr).toMatch(/^benang: [^\n]+\n$/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('export', () => {
  test('has every message, read and unread, from the running server and without it', async () => {
    const server = await startServer();
    const messi = await Wire.open(server.port);
    const token = await messi.login('messi');
    await messi.ask(`send ${token} messi to myself 😀 "quoted"`);
    await messi.ask(`inbox ${token}`);
    await messi.ask(`send ${token} lineker nihao ma?`);
    const lineker = await Wire.open(server.port);
    await lineker.ask(`send ${await lineker.login('lineker')} henderson hi`);
    const running = await run(server.data, 'export');
    expect(parse(running.stdout)).toEqual([
      {
        id: 1,
        from: 'messi',
        to: 'messi',
        text: 'to myself 😀 "quoted"',
        sent_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        read_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      expect.objectContaining({ id: 2, from: 'messi', to: 'lineker', text: 'nihao ma?', read_at: null }),
      expect.objectContaining({ id: 3, from: 'lineker', to: 'henderson', read_at: null }),
    ]);
    expect(temporaries(server.data)).toEqual([]);
    const one = parse((await run(server.data, 'export', '--user', 'lineker')).stdout);
    expect(one.map(({ id }) => id)).toEqual([2, 3]);
    await server.stop();
    expect((await run(server.data, 'export')).stdout).toBe(running.stdout);
    expect((await run(server.data, 'export', '--user', 'nobody')).stderr).toBe(
      'benang: there is no account nobody; benang user list shows them\n',
    );
  });

  test('a reader that goes away ends it, and the copy is removed; so is one that a killed run has left', async () => {
    const data = await filled(20_000);
    mkdirSync(join(data, 'keep'));
    writeFileSync(join(data, 'snapshot.0123.benang-tmp'), 'left');
    const server = await startServer({ data });
    expect(temporaries(data)).toEqual([]);
    const pipe = `'${process.execPath}' '${executable}' export --data '${data}' | head -n 3`;
    const { stdout, stderr } = await runToEnd('sh', ['-c', pipe]);
    expect(parse(stdout)).toHaveLength(3);
    expect(stderr).toBe('');
    expect(temporaries(data)).toEqual([]);
    await server.stop();
  });

  test('Ctrl-C in the middle removes the copy', async () => {
    const server = await startServer({ data: await filled(20_000) });
    const child = spawn(process.execPath, [executable, 'export', '--data', server.data], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(temporaries(server.data)).toHaveLength(1);
    child.kill('SIGINT');
    child.stdout.resume();
    await ended;
    expect(temporaries(server.data)).toEqual([]);
  });
});

describe('restore', () => {
  test('refuses what is no good backup before it touches anything', async () => {
    const data = await filled(3);
    const whole = readFileSync(join(data, 'benang.db'));
    const folder = tempFolder();
    const file = join(folder, 'backup.db');
    await run(data, 'backup', file);
    const good = readFileSync(file);
    const cases: [string, () => void, RegExp][] = [
      [
        'a text',
        () => writeFileSync(file, 'not a database, but long enough to look like one'),
        /not a benang data/,
      ],
      ['empty', () => writeFileSync(file, ''), /is empty; name a backup/],
      ['cut', () => truncate(file, 8192), /is damaged/],
      ['foreign', () => overwrite(file, 68, Buffer.from('abcd')), /belongs to another program/],
      ['newer', () => overwrite(file, 60, Buffer.from([0, 0, 0, 99])), /written by a newer benang/],
    ];
    for (const [, damage, sentence] of cases) {
      writeFileSync(file, good);
      damage();
      const { stderr, code } = await run(data, 'restore', file);
      expect(stderr).toMatch(sentence);
      expect(stderr).toMatch(/^benang: [^\n]*\n$/);
      expect(code).toBe(1);
    }
    expect((await run(data, 'restore', join(folder, 'nowhere'))).stderr).toMatch(/there is no file/);
    expect((await run(data, 'restore', folder)).stderr).toMatch(/is a folder/);
    expect(readFileSync(join(data, 'benang.db'))).toEqual(whole);
    expect(readdirSync(data).sort()).toEqual(['benang.db', 'benang.lock']);
  });

  test('not while a server runs; then old logins are over and the replaced database is kept', async () => {
    const server = await startServer();
    const wire = await Wire.open(server.port);
    const token = await wire.login('messi');
    await wire.ask(`send ${token} lineker before`);
    const file = join(tempFolder(), 'backup.db');
    await run(server.data, 'backup', file);
    await wire.ask(`send ${token} lineker behind`);
    expect((await run(server.data, 'restore', file)).stderr).toBe(
      `benang: a server runs on ${server.data}; end it first with benang stop\n`,
    );
    await server.kill();

    const { stdout } = await run(server.data, 'restore', file);
    const kept = /^the replaced database is now (.*)$/m.exec(stdout)![1]!;
    expect((await runBenang(['check', '--file', kept])).code).toBe(0);
    const again = await startServer({ data: server.data });
    const other = await Wire.open(again.port);
    expect(await other.ask(`inbox ${token}`)).toMatchObject({ message: 'Informasi tidak ditemukan' });
    const inbox = await other.ask(`inbox ${await other.login('lineker')}`);
    expect(JSON.stringify(inbox)).toContain('before');
    expect(JSON.stringify(inbox)).not.toContain('behind');
    const saved = tempFolder();
    await run(saved, 'restore', kept);
    expect((await run(saved, 'export')).stdout).toContain('behind');
  });

  test('a folder that somebody holds is left alone', async () => {
    const data = await filled(1);
    const file = join(tempFolder(), 'backup.db');
    await run(data, 'backup', file);
    const { close } = openAsItIs(data);
    expect((await run(data, 'restore', file)).stderr).toMatch(/^benang: .* is in use by another benang; /);
    close();
  });
});
