import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { FAKETIME, fakeTimeFrom, setFakeTime } from '../support/faketime.ts';
import { Listening } from '../support/listening.ts';
import { runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const DAY_S = 24 * 3600;
/** The server looks every 5 s. */
const PATIENCE_MS = 120_000;

/** Needs libfaketime (Debian: package faketime). What it shows of the whole is tested in parts in test/clock, with a clock of its own. */
const withClock = FAKETIME ? test : test.skip;

let clock: string;
beforeEach(() => {
  clock = join(tempFolder(), 'clock');
  setFakeTime(clock, 0);
});

const start = (data = tempFolder(), ...args: string[]) =>
  startServer({ data, args, env: fakeTimeFrom(clock) });
const operator = (...args: string[]) => runBenang(args, { env: cleanEnvironment(fakeTimeFrom(clock)) });

withClock(
  'a server that is started with a clock a year ahead deletes nothing, ends no login, and says what to do',
  async () => {
    const first = await start();
    const wire = await Wire.open(first.port);
    const token = await wire.login('messi');
    for (let sent = 0; sent < 20; sent++) await wire.ask(`send ${token} messi penting ${sent}`);
    await wire.ask(`ack ${token} 20`);
    await first.stop();

    setFakeTime(clock, 366 * DAY_S);
    const stopped = await operator('clock', '--data', first.data);
    expect([stopped.code, stopped.stderr]).toEqual([1, '']);
    expect(stopped.stdout).toContain("the machine's clock is 366 days ahead of what is known");
    const ahead = await start(first.data, '--keep-read', '365');
    await ahead.logged("the machine's clock is 366 days ahead of what is known; nothing is deleted");
    expect((await operator('top', '--data', first.data)).stdout).toContain(
      "CLOCK NOT BELIEVED: the machine's clock is 366 days ahead",
    );
    await ahead.stop();
    expect(ahead.log()).not.toContain('deleted read');

    setFakeTime(clock, 0);
    const again = await start(first.data, '--keep-read', '365');
    const reader = await Wire.open(again.port);
    const { status, messages } = (await reader.ask(`history ${token} messi`)) as Record<string, object[]>;
    expect([status, messages!.length]).toEqual(['OK', 20]);
    expect((await operator('clock', '--data', first.data)).stdout).toContain('it is believed');
    expect((await runBenang(['check', '--data', first.data])).code).toBe(0);
  },
  PATIENCE_MS,
);

withClock(
  'a clock that jumps while the server runs, or was in 1970, ends no login and no connection, and does not stamp messages',
  async () => {
    setFakeTime(clock, -Math.floor(Date.now() / 1000) + 60);
    const server = await start();
    const wire = await Listening.open(server.port);
    const token = String((await wire.ask('auth messi surabaya')).tokenid);
    await wire.ask(`listen ${token}`);
    setFakeTime(clock, 0);
    await wire.ask(`post ${token} a messi one`);
    expect(Math.abs(Number((await wire.next('message')).sent_at) - Date.now())).toBeLessThan(600_000);
    await server.logged("the machine's clock is believed again");
    setFakeTime(clock, 400 * DAY_S);
    await server.logged("the machine's clock is 400 days ahead of what is known");
    await wire.ask(`post ${token} b messi two`);
    expect(Math.abs(Number((await wire.next('message')).sent_at) - Date.now())).toBeLessThan(600_000);
    const { stdout, code } = await operator('clock', 'corrected', '--data', server.data);
    expect([stdout, code]).toEqual([expect.stringContaining('it is believed'), 0]);
    setFakeTime(clock, 0);
    await server.logged("the machine's clock is 400 days behind what is known");
    await operator('clock', 'corrected', '--data', server.data);
    expect((await wire.ask(`online ${token}`)).status).toBe('OK');
  },
  PATIENCE_MS,
);

test('clock: what is wrong with it is said', async () => {
  const wrong = await runBenang(['clock', 'right', '--data', tempFolder()]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('passed, corrected or nothing')]);
  const none = await runBenang(['clock', '--data', tempFolder()]);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('there is no database')]);
});
