import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
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
