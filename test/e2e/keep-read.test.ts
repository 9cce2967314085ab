import { expect, test } from '@jest/globals';
import { runBenang, startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

test('--keep-read deletes what was read long enough ago, and nothing else', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  for (let sent = 0; sent < 300; sent++) await wire.ask(`send ${token} messi read ${sent}`);
  await wire.ask(`inbox ${token}`);
  await wire.ask(`send ${token} messi unread`);
  await server.stop();

  const patient = await startServer({ data: server.data, args: ['--keep-read', '1'] });
  await patient.stop();
  expect(patient.log()).not.toContain('deleted');

  const again = await startServer({ data: server.data, args: ['--keep-read', '0'] });
  await again.logged('deleted read messages');
  expect(again.log()).toMatch(/deleted read messages count=300 keepDays=0/);
  const { stdout } = await runBenang(['export', '--data', server.data]);
  expect(stdout.split('\n').filter(Boolean)).toHaveLength(1);
  const reader = await Wire.open(again.port);
  expect(JSON.stringify(await reader.ask(`inbox ${token}`))).toContain('"msg":"unread"');
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
});

test('--keep-read reaches groups and what is hidden; a key is remembered all the same', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const [messi, lineker] = [await wire.login('messi'), await wire.login('lineker')];
  await wire.ask(`addgroup ${messi} lab`);
  await wire.ask(`joingroup ${lineker} lab`);
  await wire.ask(`block ${lineker} messi`);
  const hidden = await wire.ask(`post ${messi} k1 lineker hidden`);
  const read = await wire.ask(`post ${messi} k2 #lab read by all`);
  await wire.ask(`inboxgroup ${lineker} lab`);
  await wire.ask(`sendgroup ${messi} lab unread`);
  await server.stop();

  const again = await startServer({ data: server.data, args: ['--keep-read', '0'] });
  await again.logged('deleted read messages');
  expect(again.log()).toMatch(/deleted read messages count=2 keepDays=0/);
  const { stdout } = await runBenang(['export', '--data', server.data]);
  expect(stdout.trimEnd().split('\n')).toEqual([expect.stringContaining('"text":"unread"')]);
  const later = await Wire.open(again.port);
  expect(await later.ask(`post ${messi} k1 lineker hidden`)).toEqual(hidden);
  expect(await later.ask(`post ${messi} k2 #lab read by all`)).toEqual(read);
  expect(await later.ask(`history ${lineker} #lab`)).toMatchObject({ messages: [{ msg: 'unread' }] });
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
});
