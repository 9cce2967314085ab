import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { startServer } from '../support/program.ts';
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
