import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const otherNode = join(import.meta.dirname, '../support/other-node.mjs');

test.each([
  ['a thread for each', []],
  ['shared threads', ['--threads', '2']],
])('where Node is not as expected it works in the documented way, and says so: %s', async (_name, args) => {
  const env = { NODE_OPTIONS: `--no-deprecation --import=${otherNode}` };
  const server = await startServer({ args, env });
  expect(server.log()).toContain('in the documented way alone, which is slower');
  const messi = await Wire.open(server.port);
  const token = await messi.login('messi');
  const lineker = await Wire.open(server.port);
  const theirs = await lineker.login('lineker');
  const texts = Array.from({ length: 500 }, (_, index) => `é ${index}`);
  await messi.write(texts.map((text) => `send ${token} lineker ${text}\r\n`).join(''));
  for (const _ of texts) expect(JSON.parse(await messi.reply())).toMatchObject({ status: 'OK' });
  const heard: unknown[] = [];
  while (heard.length < texts.length) heard.push(...(await lineker.inbox(theirs)));
  expect(heard).toEqual(texts);
  await Promise.all([messi.close(), lineker.close()]);
  expect(await server.stop()).toBe(0);
});

test('this Node is as expected', async () => {
  const server = await startServer();
  expect(server.log()).not.toContain('documented');
  expect(await server.stop()).toBe(0);
});
