import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Listening } from '../support/listening.ts';
import { startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const gone = { status: 'ERROR', message: 'Informasi tidak ditemukan' };
const error = (message: string) => ({ status: 'ERROR', message });
const out = { status: 'OK', messages: 'Logged out successfully' };

interface State {
  started_at: number | null;
  used_at: number;
  connected: boolean;
  current: boolean;
}
const sessionsOf = async (wire: Wire, token: string) =>
  Object.entries((await wire.ask(`sessions ${token}`)).messages as Record<string, State>);

test('accounts of a file that look alike are imported, with a warning', async () => {
  const data = tempFolder();
  const names = ['budi', 'Budi', 'budì', 'tono'];
  const accounts = names.map((username) => ({ username, nama: 'x', negara: 'x', password: 'x' }));
  writeFileSync(join(data, 'users.json'), JSON.stringify(accounts));
  const server = await startServer({ data });
  expect(server.log()).toContain(
    'names of users look alike, and people will take one for the other users=budi, Budi, budì',
  );
  const wire = await Wire.open(server.port);
  for (const name of names) await wire.login(name, 'x');
  await server.stop();
});

test('passwd: the new password counts, the other sessions are over for good, and a listener is told', async () => {
  const server = await startServer();
  const [own, lineker] = [await Wire.open(server.port), await Wire.open(server.port)];
  const token = await own.login('messi');
  const friend = await lineker.login('lineker');
  const thief = await Listening.open(server.port);
  const stolen = await thief.wire.login('messi');
  await thief.ask(`listen ${stolen}`);

  expect(await own.ask(`passwd ${token} wrong rahasia`)).toEqual(error('Password Salah'));
  const rule = 'Password must have 1 to 200 characters, no spaces and no control characters';
  for (const bad of ['', '\u0007x', 'x'.repeat(201)]) {
    expect(await own.ask(`passwd ${token} surabaya ${bad}`)).toEqual(error(rule));
  }
  expect(await lineker.ask(`inbox ${stolen}`)).toMatchObject({ status: 'OK' });
  // What is asked behind it waits for it.
  await own.write(`passwd ${token} surabaya rahasia\r\ninbox ${stolen}\r\n`);
  expect((await own.replies(2)).map((reply) => JSON.parse(reply))).toEqual([
    { status: 'OK', message: 'Password Changed' },
    gone,
  ]);
  await thief.next('dropped');
  await server.kill();

  const again = await startServer({ data: server.data });
  const wire = await Wire.open(again.port);
  expect(await wire.ask(`inbox ${stolen}`)).toEqual(gone);
  for (const kept of [token, friend]) {
    expect(await wire.ask(`inbox ${kept}`)).toMatchObject({ status: 'OK' });
  }
  expect(await wire.ask('auth messi surabaya')).toEqual(error('Password Salah'));
  expect(await wire.ask('auth messi rahasia')).toMatchObject({ status: 'OK' });
  for (const secret of ['surabaya', 'rahasia', token]) expect(server.log()).not.toContain(secret);
});

test('passwd: who has a token and not the password is slowed down as at a login', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  for (let guess = 0; guess < 5; guess++) {
    expect(await wire.ask(`passwd ${token} guess${guess} x`)).toEqual(error('Password Salah'));
  }
  const refusal = error('Too many failed logins, try again in 1 s');
  expect(await wire.ask(`passwd ${token} surabaya x`)).toEqual(refusal);
});

test('profile: others are shown the new name, at once and after a restart', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  await wire.ask(`send ${messi} lineker one`);
  expect(await wire.ask(`profile ${messi} - Argentina`)).toEqual(
    error(
      'Name and country must have 1 to 200 characters each, - for a space, and no control or invisible characters',
    ),
  );
  await wire.write(`profile ${messi} Leo-Messi Kosta-Rika\r\nonline\r\nonline ${messi}\r\n`);
  const [changed, ...online] = (await wire.replies(3)).map((reply) => JSON.parse(reply));
  expect(changed).toEqual({ status: 'OK', message: 'Profile Changed' });
  for (const { messages } of online) {
    expect(Object.values(messages)).toContainEqual({
      username: 'messi',
      userdetail: { nama: 'Leo Messi', negara: 'Kosta Rika' },
    });
  }
  const inbox = { messages: { messi: [{ msg_from: 'Leo Messi', msg_to: 'Gary Lineker', msg: 'one' }] } };
  const other = await Wire.open(server.port);
  expect(await other.ask(`inbox ${lineker}`)).toMatchObject(inbox);
  await server.kill();
  const again = await startServer({ data: server.data });
  expect(await (await Wire.open(again.port)).ask(`inbox ${lineker}`)).toMatchObject(inbox);
});

test('sessions and logout: one other, and all', async () => {
  const server = await startServer();
  const [one, two, lineker] = await Promise.all([0, 1, 2].map(() => Wire.open(server.port)));
  const first = await one!.login('messi');
  const second = await two!.login('messi');
  const friend = await lineker!.login('lineker');
  await two!.close();
  const listed = await sessionsOf(one!, first);
  expect(listed.map(([, { connected, current }]) => [connected, current])).toEqual([
    [true, true],
    [false, false],
  ]);
  for (const [id, { started_at, used_at }] of listed) {
    expect([first, second]).not.toContain(id);
    expect(started_at).toBeLessThanOrEqual(used_at);
  }
  const [[friends]] = (await sessionsOf(lineker!, friend)) as [[string, State]];
  for (const id of [friends, 'x', second, 'ALL']) {
    expect(await one!.ask(`logout ${first} ${id}`)).toEqual(error('Session not found'));
  }
  const [, [other]] = listed as [unknown, [string, State]];
  expect(await one!.ask(`logout ${first} ${other}`)).toEqual(out);
  expect(await one!.ask(`inbox ${second}`)).toEqual(gone);
  expect(await sessionsOf(one!, first)).toHaveLength(1);

  const third = await lineker!.login('messi');
  expect(await one!.ask(`logout ${first} all`)).toEqual(out);
  await server.kill();
  const again = await startServer({ data: server.data });
  const wire = await Wire.open(again.port);
  for (const ended of [first, second, third]) expect(await wire.ask(`inbox ${ended}`)).toEqual(gone);
  expect(await wire.ask(`inbox ${friend}`)).toMatchObject({ status: 'OK' });
});
