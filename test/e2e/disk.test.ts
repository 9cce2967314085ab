import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { runBenang, startProgram, startServer, type TestProgram } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

/** Lets a running process' files grow no further than this, as a full disk would. */
function limitFiles(pid: number, size: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:`]);
}

onLinux(
  'a full disk: errors, never an OK; reads go on; it recovers by itself; nothing acknowledged is lost',
  async () => {
    const server = await startServer();
    const [sender, reader] = await Promise.all([Wire.open(server.port), Wire.open(server.port)]);
    const token = await sender.login('messi');
    const readerToken = await reader.login('lineker');
    const acknowledged: string[] = [];
    const send = async (text: string): Promise<boolean> => {
      const { status, message } = await sender.ask(`send ${token} lineker ${text}`);
      if (status === 'OK') acknowledged.push(text);
      else expect(message).toBe('Server could not do this, try again');
      return status === 'OK';
    };
    await send('before');

    limitFiles(server.pid, statSync(join(server.data, 'benang.db-wal')).size + 50_000);
    let number = 0;
    while (await send(`${number} ${'x'.repeat(2000)}`)) number++;
    expect(number).toBeGreaterThan(0);
    for (let more = 0; more < 20; more++) expect(await send(`${++number} ${'y'.repeat(5000)}`)).toBe(false);
    await server.logged('the disk takes no writes');
    expect(server.log().match(/takes no writes/g)).toHaveLength(1);
    expect((await askServer(server.data, { command: 'status' })).diskTrouble).toMatchObject({
      reason: expect.stringMatching(/disk/),
    });
    const shown = await reader.inbox(readerToken);
    expect(shown).toEqual(acknowledged);

    limitFiles(server.pid, 'unlimited');
    await server.logged('the disk takes writes again');
    expect((await askServer(server.data, { command: 'status' })).diskTrouble).toBeUndefined();
    expect(await send('after')).toBe(true);
    await server.kill();

    const again = await startServer({ data: server.data });
    const late = await Wire.open(again.port);
    const found = await late.inbox(await late.login('lineker'));
    expect([...new Set([...shown, ...found])]).toEqual(acknowledged);
  },
);

/** Another program that opens the server's database and does this to it, until it is killed. */
async function otherProgram(data: string, sql: string): Promise<TestProgram> {
  const script = `
    const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(join(data, 'benang.db'))});
    db.exec(${JSON.stringify(sql)});
    console.log('holds it');
    setInterval(() => {}, 1000);`;
  const program = startProgram(process.execPath, ['-e', script]);
  await program.printed('holds it');
  return program;
}

test('another program that reads without an end: it is named, writing goes on, and the log is small again behind it', async () => {
  const server = await startServer({ args: ['--log-level', 'warn'] });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  const other = await otherProgram(server.data, 'BEGIN; SELECT * FROM message');
  const wal = join(server.data, 'benang.db-wal');
  const text = 'x'.repeat(60_000);
  let sent = 0;
  while (!server.log().includes('another program reads')) {
    await wire.write(`send ${token} lineker ${text}\r\n`.repeat(20));
    for (const reply of await wire.replies(20)) expect(JSON.parse(reply)).toMatchObject({ status: 'OK' });
    sent += 20;
  }
  if (process.platform === 'linux') expect(server.log()).toContain(`program=${other.pid} (`);
  const { heldLog } = await askServer(server.data, { command: 'status' });
  expect(heldLog!.bytes).toBeGreaterThan(60_000_000);
  expect((await runBenang(['top', '--interval', '50ms', '--data', server.data])).stdout).toMatch(
    /^ANOTHER PROGRAM READS THE DATABASE for \d+ s: end it, for its log has [\d.]+M and grows$/m,
  );
  await other.kill();
  while (statSync(wal).size > 1_000_000) await nextTurn();
  expect(await wire.ask(`send ${token} lineker more`)).toMatchObject({ status: 'OK' });
  expect(server.log().match(/another program reads/g)).toHaveLength(1);
  expect((await askServer(server.data, { command: 'status' })).heldLog).toBeUndefined();
  await server.stop();
  expect(sent).toBeGreaterThan(0);
});

test('another program that writes: requests get an error, it is told once, and all goes on behind it', async () => {
  const server = await startServer({ args: ['--log-level', 'info', '--log-rate', '1'] });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  const send = () => wire.ask(`send ${token} lineker x`);
  expect(await send()).toMatchObject({ status: 'OK' });
  const other = await otherProgram(server.data, 'BEGIN IMMEDIATE');
  for (let tries = 0; tries < 20; tries++) {
    expect(await send()).toEqual({ status: 'ERROR', message: 'Server could not do this, try again' });
  }
  await server.logged('another program has locked the database');
  expect((await askServer(server.data, { command: 'status' })).diskTrouble).toMatchObject({ locked: true });
  await other.kill();
  await server.logged('the disk takes writes again');
  expect(await send()).toMatchObject({ status: 'OK' });
  expect(server.log().match(/another program has locked/g)).toHaveLength(1);
  expect(server.log()).not.toContain('a request failed');
});
