import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

test('groups answer in the course’s own words', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  const says = async (line: string, reply: object): Promise<void> => {
    expect(await wire.ask(line)).toEqual(reply);
  };
  const ok = (message: string) => ({ status: 'OK', message });
  const error = (message: string) => ({ status: 'ERROR', message });
  await says(`addgroup ${messi} lab rahasia`, ok('Group Added'));
  await says(`addgroup ${lineker} lab`, error('Group sudah ada'));
  await says(
    `addgroup ${lineker} #lab`,
    error(expect.stringContaining('Group name must') as unknown as string),
  );
  await says(`joingroup ${lineker} nowhere`, error('Group belum ada'));
  await says(`joingroup ${lineker} lab salah`, error('Password Salah'));
  await says(`joingroup ${lineker} lab `, error('Password Salah'));
  await says(`sendgroup ${lineker} lab halo`, error('Bukan member group'));
  await says(`inboxgroup ${lineker} lab`, error('Bukan member group'));
  await says(`members ${lineker} lab`, error('Bukan member group'));
  await says(`joingroup ${lineker} lab rahasia`, ok('Group Joined'));
  await says(`joingroup ${lineker} lab rahasia`, error('User sudah join'));
  await says(`sendgroup ${messi} lab  halo semua `, ok('Message Sent'));
  await says(`getgroups ${lineker}`, { status: 'OK', messages: { lab: { members: 2, unread: 1 } } });
  const shown = { messi: [{ msg_from: 'Lionel Messi', msg_to: 'lab', msg: 'halo semua' }] };
  await says(`inboxgroup ${lineker} lab`, { status: 'OK', messages: shown });
  await says(`inboxgroup ${lineker} lab`, { status: 'OK', messages: {} });
  await says(`leavegroup ${lineker} lab`, ok('Group Left'));
  await says(`leavegroup ${lineker} lab`, error('Bukan member group'));
  await server.stop();
});

test('a group’s inbox that a reset has cut off is there again', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  await wire.ask(`addgroup ${messi} lab`);
  await wire.ask(`joingroup ${lineker} lab`);
  await wire.ask(`sendgroup ${messi} lab halo`);
  const cut = await Wire.open(server.port);
  const first = await cut.ask(`inboxgroup ${lineker} lab`);
  cut.reset();
  expect(await wire.ask(`inboxgroup ${lineker} lab`)).toEqual(first);
  await server.stop();
});

test('a new group’s name looks like no other group’s, and may be a user’s', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  const add = (name: string, token = lineker) => wire.ask(`addgroup ${token} ${name}`);
  const added = { status: 'OK', message: 'Group Added' };
  expect(await add('lab', messi)).toEqual(added);
  for (const name of ['Lab', 'LAB', '1ab', 'Iab', 'lāb', 'łab', 'ӏав']) {
    expect(await add(name)).toEqual({ status: 'ERROR', message: 'Group name looks like one that is taken' });
    expect(await wire.ask(`joingroup ${lineker} ${name}`)).toEqual({
      status: 'ERROR',
      message: 'Group belum ada',
    });
  }
  for (const name of ['lаb', 'lab.', '\u202elab', 'la\u0300b', 'l\u200bab']) {
    expect(await add(name)).toEqual({
      status: 'ERROR',
      message: expect.stringMatching(/^Group name must have/),
    });
  }
  for (const name of ['messi', 'labs', '7a', 'JS勉強会']) expect(await add(name)).toEqual(added);
  // Two at once.
  const other = await Wire.open(server.port);
  const both = await Promise.all([add('tim', messi), other.ask(`addgroup ${lineker} Tim`)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['ERROR', 'OK']);
  await server.stop();
});
