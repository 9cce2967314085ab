import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { keyFile, trusting } from '../support/keys.ts';
import { executable, runBenang, runToEnd, startProgram, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

/** A user that every system has and that has nothing. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const whenRoot = isRoot ? describe : describe.skip;

/** A folder of nobody's in one of nobody's. */
function folderOfNobody(): string {
  const folder = join(tempFolder(), 'data');
  mkdirSync(folder);
  for (const path of [join(folder, '..'), folder]) chownSync(path, NOBODY, NOBODY);
  return folder;
}

/** Whatever is in a folder that is not nobody's, or that others may read. */
const strange = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const { uid, mode } = lstatSync(join(folder, name));
    return uid !== NOBODY || (mode & 0o077) !== 0;
  });

const run = (data: string, ...args: string[]) => runBenang([...args, '--data', data], { input: 'secret\n' });
const outcome = async (data: string, ...args: string[]) => {
  const { stdout, stderr, code } = await run(data, ...args);
  return [stdout, stderr, code];
};

whenRoot('root, on the folder of somebody else', () => {
  test('runs a server that leaves everything to the folder’s owner, and reaches it', async () => {
    const data = folderOfNobody();
    const server = await startServer({ data, args: ['--allow-drills'] });
    expect(server.log()).toMatch(/info {2}acts as (nobody|#65534), whose data folder it is, and not as root/);
    const wire = await Wire.open(server.port);
    await wire.login('messi');
    await (await Wire.open(server.port)).write('drill throw\r\n');
    await server.logged('died');
    while (!existsSync(join(data, 'black-box')) || readdirSync(join(data, 'black-box')).length === 0) {
      await nextTurn();
    }
    expect(strange(data)).toEqual([]);
    expect(await outcome(data, 'user', 'add', 'budi')).toEqual(['added budi\n', '', 0]);
    expect((await run(data, 'invite', '--count', '2')).code).toBe(0);
    expect((await run(data, 'check')).code).toBe(0);
    expect((await run(data, 'export')).code).toBe(0);
    expect(await outcome(data, 'kick', 'messi')).toEqual([expect.stringMatching(/^dropped/), '', 0]);
    // Where the server could not write.
    const file = join(tempFolder(), 'backup.db');
    expect((await run(data, 'backup', file)).stdout).toMatch(/: \d+ kB, 4 accounts, 0 messages\n$/);
    expect([statSync(file).uid, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    expect((await runBenang(['check', '--file', file])).code).toBe(0);
    expect(readdirSync(join(file, '..'))).toEqual(['backup.db']);
    expect(strange(data)).toEqual([]);
    expect(await outcome(data, 'stop')).toEqual(['stopped\n', '', 0]);
    expect(strange(data)).toEqual([]);
  });

  test('leaves everything to the folder’s owner when no server runs, also behind a kill', async () => {
    const data = folderOfNobody();
    await (await startServer({ data })).kill();
    expect(readdirSync(data)).toContain('benang.db-wal');
    expect(await outcome(data, 'user', 'add', 'budi')).toEqual(['added budi\n', '', 0]);
    const backups = tempFolder();
    const file = join(backups, 'backup.db');
    expect((await run(data, 'backup', file)).stdout).toMatch(/4 accounts, 0 messages\n$/);
    expect(statSync(file).uid).toBe(0);
    for (const command of [['check'], ['export'], ['user', 'list'], ['restore', file]]) {
      expect((await run(data, ...command)).stderr).toBe('');
      expect(strange(data)).toEqual([]);
    }
    expect(readdirSync(data).filter((name) => name.includes('replaced'))).toHaveLength(1);
    expect(readdirSync(backups)).toEqual(['backup.db']);
    await (await startServer({ data })).stop();
    expect(strange(data)).toEqual([]);
  });

  test('makes a folder that is missing for the owner of the one that it is in', async () => {
    const data = join(folderOfNobody(), 'made', 'here');
    expect(await outcome(data, 'user', 'add', 'budi')).toEqual(['added budi\n', '', 0]);
    expect(strange(join(data, '..', '..'))).toEqual([]);
  });

  test('is whoever has run a server there when the folder is root’s and open to a group', async () => {
    const data = tempFolder();
    chownSync(data, 0, NOBODY);
    chmodSync(data, 0o2770);
    writeFileSync(join(data, 'benang.lock'), '', { mode: 0o600 });
    chownSync(join(data, 'benang.lock'), NOBODY, NOBODY);
    expect(await outcome(data, 'user', 'add', 'budi')).toEqual(['added budi\n', '', 0]);
    expect(strange(data)).toEqual([]);
  });

  test('killed in the middle of a restore leaves nothing that the owner cannot use', async () => {
    const data = folderOfNobody();
    await run(data, 'user', 'add', 'budi');
    const file = join(tempFolder(), 'backup.db');
    await run(data, 'backup', file);
    for (const wanted of ['restore.', 'benang-replaced-']) {
      const before = readdirSync(data);
      const restore = startProgram(process.execPath, [executable, 'restore', file, '--data', data]);
      let over = false;
      const isOver = (): void => {
        over = true;
      };
      restore.printed('restored').then(isOver, isOver);
      // On a busy machine it may be over before we look.
      while (!over && !readdirSync(data).some((name) => name.startsWith(wanted) && !before.includes(name))) {
        await nextTurn();
      }
      await restore.kill();
      expect(strange(data)).toEqual([]);
      expect((await run(data, 'user', 'list')).stdout).toContain('budi');
    }
  });

  test('follows no link that the owner has put there', async () => {
    const victim = join(tempFolder(), 'victim');
    for (const name of ['benang.lock', 'benang.db']) {
      const data = folderOfNobody();
      writeFileSync(victim, 'precious');
      symlinkSync(victim, join(data, name));
      const { stderr, code } = await run(data, 'user', 'add', 'budi');
      expect(stderr).toMatch(/^benang: cannot (write to|use) [^\n]*\n$/);
      expect(code).toBe(1);
      expect([readFileSync(victim, 'utf8'), statSync(victim).uid]).toEqual(['precious', 0]);
    }
    const data = folderOfNobody();
    const elsewhere = tempFolder();
    symlinkSync(elsewhere, join(data, 'black-box'));
    const server = await startServer({ data, args: ['--allow-drills'] });
    await (await Wire.open(server.port)).write('drill throw\r\n');
    await server.logged('report=none');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('says to whom to give back what is root’s in it', async () => {
    const data = folderOfNobody();
    await run(data, 'user', 'add', 'budi');
    chownSync(join(data, 'benang.db'), 0, 0);
    for (const command of [['user', 'list'], ['serve', '--port', '0'], ['check']]) {
      const { stderr, code } = await run(data, ...command);
      expect(stderr).toMatch(
        /^benang: cannot write to .*benang\.db, which belongs to root, and the folder to (nobody|#65534); give it back with chown \1\n$/m,
      );
      expect(code).toBe(1);
    }
  });

  test('reads the certificate as root, also when it is renewed', async () => {
    const keys = tempFolder();
    const install = (name: string): void => {
      copyFileSync(keyFile(`${name}.pem`), join(keys, 'cert.pem'));
      copyFileSync(keyFile(`${name}-key.pem`), join(keys, 'key.pem'));
      for (const file of ['cert.pem', 'key.pem']) chmodSync(join(keys, file), 0o600);
    };
    install('server');
    const args = ['--tls-cert', join(keys, 'cert.pem'), '--tls-key', join(keys, 'key.pem')];
    const data = folderOfNobody();
    const server = await startServer({ data, args });
    install('renewed');
    process.kill(server.pid, 'SIGHUP');
    await server.logged('CN=renewed test server');
    const wire = await Wire.open(server.port, { tls: trusting });
    await wire.login('messi');
    expect((await run(data, 'kick', 'messi')).code).toBe(0);
    expect(strange(data)).toEqual([]);
  });
});

/** Whether another user can run the program where it is. */
const canDrop =
  isRoot && spawnSync(process.execPath, [executable, '--version'], { uid: NOBODY, gid: NOBODY }).status === 0;

(canDrop ? test : test.skip)('another user is told whose the data is, in one sentence', async () => {
  const server = await startServer();
  const data = server.data;
  const asNobody = async (...args: string[]) => {
    const command = [process.execPath, executable, ...args, '--data', data].map((part) => `'${part}'`);
    const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', command.join(' ')];
    return runToEnd('setpriv', drop, { input: 'secret\n' });
  };
  const all = [['stop'], ['top'], ['user', 'add', 'x'], ['check'], ['export'], ['serve', '--port', '0']];
  for (const open of [0o700, 0o755]) {
    chmodSync(data, open);
    for (const command of all) {
      const { stdout, stderr, code } = await asNobody(...command);
      expect(stderr).toMatch(
        /^benang: [^\n]* belongs to root; run this as that user, for example with sudo -u root\n$/m,
      );
      expect([stdout, code]).toEqual(['', 1]);
    }
  }
  await server.stop();
  for (const open of [0o700, 0o755]) {
    chmodSync(data, open);
    for (const command of all.slice(2)) {
      const { stderr, code } = await asNobody(...command);
      expect(stderr).toMatch(/^benang: [^\n]* belongs to root; run this as that user[^\n]*\n$/m);
      expect(code).toBe(1);
    }
  }
});

test.each(['000', '077', '027'])('umask %s changes nothing of who may read what', async (mask) => {
  const data = join(tempFolder(), 'data');
  const file = join(tempFolder(), 'backup.db');
  const node = `'${process.execPath}' '${executable}'`;
  const script = `umask ${mask}; ${node} user add budi --data '${data}' && ${node} backup '${file}' --data '${data}' && ${node} restore '${file}' --data '${data}'`;
  expect((await runToEnd('sh', ['-c', script], { input: 'secret\n' })).code).toBe(0);
  const server = startProgram('sh', ['-c', `umask ${mask}; exec ${node} serve --port 0 --data '${data}'`]);
  await server.printed('benang listening');
  const modes = readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777]);
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  expect([statSync(data).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('a link to the data folder is as good as the folder', async () => {
  const server = await startServer();
  const link = join(tempFolder(), 'link');
  symlinkSync(server.data, link);
  expect((await run(link, 'serve', '--port', '0')).stderr).toMatch(/ is in use by another benang; /);
  expect((await run(link, 'user', 'add', 'budi')).stdout).toBe('added budi\n');
  expect((await run(link, 'stop')).stdout).toBe('stopped\n');
  const again = await startServer({ data: link });
  expect((await run(server.data, 'user', 'list')).stdout).toContain('budi');
  await again.stop();
});
