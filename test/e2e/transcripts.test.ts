import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { expect, test } from '@jest/globals';
import { tlsArgs, trusting } from '../support/keys.ts';
import { startServer } from '../support/program.ts';
import { replay } from '../support/transcript.ts';

const folder = join(import.meta.dirname, '../transcripts');
const transcripts = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are transcripts', () => {
  expect(transcripts.length).toBeGreaterThan(0);
});

test.each(transcripts)('%s', async (name) => {
  const server = await startServer();
  await replay(readFileSync(join(folder, name), 'utf8'), server.port);
  expect(await server.stop()).toBe(0);
});

test.each(transcripts.flatMap((name) => ['TLSv1.2', 'TLSv1.3'].map((version) => [name, version] as const)))(
  '%s over %s',
  async (name, version) => {
    const server = await startServer({ args: tlsArgs() });
    const tls = { ...trusting, minVersion: version, maxVersion: version } as ConnectionOptions;
    await replay(readFileSync(join(folder, name), 'utf8'), server.port, tls);
    expect(await server.stop()).toBe(0);
  },
);
