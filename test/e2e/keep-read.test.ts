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
