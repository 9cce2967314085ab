import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { keyFile } from '../support/keys.ts';
import { executable, root, runBenang, runToEnd, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const serve = (...args: string[]) => runBenang(['serve', '--port', '0', ...args]);
const sentence = (stderr: string): string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('benang:'));

describe('a broken start is one sentence that says what to do, and exit code 1', () => {
  test('a port that is taken', async () => {
    const server = await startServer();
    const { stderr, stdout, code } = await serve('--port', String(server.port), '--data', tempFolder());
    expect(sentence(stderr)).toEqual([
      `benang: port ${server.port} on 127.0.0.1 is taken; stop the program that has it or choose another with --port`,
    ]);
    expect([stdout, code]).toEqual(['', 1]);
  });

  test('a data folder that cannot be written', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    const { stderr, code } = await serve('--data', file);
    expect(sentence(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/cannot write to .*; make the folder writable or choose another with --data/);
    expect(code).toBe(1);
  });

  test('a database that is not ours, and one of a newer version', async () => {
    const folder = tempFolder();
    const db = new DatabaseSync(join(folder, 'benang.db'));
    db.exec('CREATE TABLE theirs (x)');
    expect((await serve('--data', folder)).stderr).toMatch(/^benang: .* belongs to another program; .*\n$/);
    db.exec('DROP TABLE theirs; PRAGMA application_id = 0x626e6e67; PRAGMA user_version = 99');
    db.close();
    expect((await serve('--data', folder)).stderr).toMatch(/^benang: .* was written by a newer benang .*\n$/);
  });

  test('data that another server has', async () => {
    const server = await startServer();
    expect((await serve('--data', server.data)).stderr).toMatch(
      /^benang: .* is in use by another benang; .*\n$/,
    );
  });

  test('a bad accounts file, of which nothing is imported', async () => {
    const folder = tempFolder();
    const accounts = join(folder, 'accounts.json');
    const entry = { username: 'ann', nama: 'Ann', negara: 'X', password: 'pw' };
    writeFileSync(accounts, JSON.stringify([entry, { ...entry, username: 'b b' }]));
    const { stderr, code } = await serve('--data', folder, '--accounts', accounts);
    expect(stderr).toMatch(/^benang: accounts file .*: entry 2, username: must not hold spaces .*\n$/);
    expect(code).toBe(1);
    const server = await startServer({ data: folder });
    const wire = await Wire.open(server.port);
    expect(await wire.ask('auth ann pw')).toEqual({ status: 'ERROR', message: 'User Tidak Ada' });
  });

  test('a TLS key of another certificate', async () => {
    const tls = ['--tls-cert', keyFile('server.pem'), '--tls-key', keyFile('renewed-key.pem')];
    const { stderr, stdout, code } = await serve('--data', tempFolder(), ...tls);
    expect(stderr).toMatch(/^benang: the TLS key in .* does not belong to .*; name the key .*\n$/);
    expect([stdout, code]).toEqual(['', 1]);
  });

  test('an older Node', async () => {
    const node = olderNode();
    if (!node) return; // only where one is installed
    const { stderr, code } = await runToEnd(node, [executable, 'serve']);
    expect(stderr).toMatch(/^benang: needs Node 26\.6 or newer, and this is v.*; install it, .*\n$/);
    expect(code).toBe(1);
  });

  test('a wrong call is exit code 2', async () => {
    for (const args of [
      ['serve', '--nonsense'],
      ['serve', '--port', 'x'],
      ['serve', '--tls-cert', keyFile('server.pem')],
      ['dance'],
      [],
    ]) {
      expect((await runBenang(args)).code).toBe(2);
    }
  });
});

/** A Node on this machine that is too old for us, if there is one. */
function olderNode(): string | undefined {
  const paths = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'node'));
  return paths.find((path) => {
    try {
      return (
        Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))![1]) <
        26
      );
    } catch {
      return false;
    }
  });
}

test('--help and --version', async () => {
  expect((await runBenang(['--help'])).stdout).toContain('run the chat server');
  for (const name of ['serve', 'chat', 'load']) {
    const { stdout, code } = await runBenang([name, '--help']);
    expect(stdout).toMatch(new RegExp(`^Usage: benang ${name}`));
    expect(code).toBe(0);
  }
  expect((await runBenang(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the accounts of the data folder come before those of the program', async () => {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  const entry = { username: 'ann', nama: 'Ann', negara: 'X', password: 'pw' };
  writeFileSync(join(folder, 'users.json'), JSON.stringify([entry]));
  const server = await startServer({ data: folder });
  const wire = await Wire.open(server.port);
  expect(await wire.ask('auth ann pw')).toMatchObject({ status: 'OK' });
  expect(await wire.ask('auth messi surabaya')).toMatchObject({ status: 'ERROR' });
});

test('settings from the environment', async () => {
  const env = cleanEnvironment({ BENANG_PORT: 'x' });
  const { stderr } = await runBenang(['serve'], { env });
  expect(stderr).toBe('benang: BENANG_PORT must be a whole number; see --help\n');
});

describe('passwords that everybody knows', () => {
  const warning = 'everybody knows the password of messi, henderson, lineker';

  test('are told at the first start, wherever the accounts were read from', async () => {
    // As in a checkout, where the course's file is in the data folder.
    const data = tempFolder();
    copyFileSync(join(root, 'data/users.json'), join(data, 'users.json'));
    for (const folder of [data, tempFolder()]) await (await startServer({ data: folder })).logged(warning);
  });

  test('are told at every start that others can reach, until they are changed or of no use', async () => {
    const data = tempFolder();
    const args = ['--host', '0.0.0.0'];
    for (let start = 0; start < 2; start++) {
      const server = await startServer({ data, args });
      await server.logged(warning);
      expect(server.log()).not.toContain('surabaya');
      await server.stop();
    }
    await runBenang(['user', 'passwd', 'messi', '--data', data], { input: 'another' });
    await runBenang(['user', 'disable', 'henderson', '--data', data]);
    await runBenang(['user', 'remove', 'lineker', '--yes', '--data', data]);
    await runBenang(['user', 'add', 'nobody', '--data', data], { input: 'surabaya' });
    // Behind it the look is over: what it costs is one hash, and so does this login.
    const server = await startServer({ data, args });
    await (await Wire.open(server.port)).login('messi', 'another');
    await server.stop();
    expect(server.log()).not.toContain('everybody knows');
  });
});
