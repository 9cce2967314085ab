import { expect, test } from '@jest/globals';
import { commands } from '../../src/commands/index.ts';
import { refusals } from '../../src/protocol/reply.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/** What ends a string in other languages, and what a query language could take for its own. */
const ODD = ['\0', 'a\0b', '\0\0\0', '"', "'", '%', '_', '*', '()', 'NEAR', '-', '\u{10ffff}', '\ufffe'];

test('no command fails at a U+0000 or at any sign of a query language', async () => {
  const server = await startServer({ args: ['--registration', 'open', '--failed-logins', '1000'] });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  await wire.ask(`addgroup ${token} lab`);
  for (const { name, usage } of commands.values()) {
    // It would be the end of the session.
    if (name === 'logout') continue;
    for (const odd of ODD) {
      for (const words of [
        odd,
        `lineker ${odd}`,
        `#lab ${odd}`,
        `1 ${odd}`,
        `lab ${odd}`,
        `${odd} lineker ${odd}`,
        `a a ${odd} ${odd}`,
      ]) {
        const line = usage.includes('TOKEN') ? `${name} ${token} ${words}` : `${name} ${words}`;
        await wire.write(`${line}\r\n`);
        let reply = await wire.reply();
        while (reply.startsWith('{"event"')) reply = await wire.reply();
        expect([line, JSON.parse(reply).message]).not.toEqual([line, refusals.failed]);
        expect([line, JSON.parse(reply).message]).not.toEqual([line, refusals.faulty]);
      }
    }
  }
  expect(server.log()).not.toContain('a request failed');
  expect(await server.stop()).toBe(0);
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
});

test('a text with a U+0000 is all there wherever it is shown, found, edited and deleted', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  const text = '\0kata\0dua\0 é \0';
  const { id } = await wire.ask(`post ${token} \0k henderson  ${text} `);
  expect(await wire.ask(`post ${token} \0k henderson  ${text} `)).toMatchObject({ id });
  expect(await wire.ask(`post ${token} \0j henderson  x `)).not.toMatchObject({ id });
  const found = async (words: string) => (await wire.ask(`search ${token} ${words}`)).messages;
  for (const words of ['kata', 'dua', 'kata\0dua', '\0dua\0', 'e'])
    expect(await found(words)).toMatchObject([{ msg: text }]);
  expect(await found('\0')).toEqual([]);
  expect(await wire.ask(`history ${token} henderson`)).toMatchObject({ messages: [{ msg: text }, {}] });
  expect(await wire.ask(`edit ${token} ${id} \0tiga\0`)).toMatchObject({ status: 'OK' });
  expect(await found('tiga')).toMatchObject([{ msg: '\0tiga\0' }]);
  expect(await found('kata')).toEqual([]);
  expect(await wire.ask(`delete ${token} ${id}`)).toMatchObject({ status: 'OK' });
  expect(await found('tiga')).toEqual([]);
  await server.stop();
  const { stdout } = await runBenang(['export', '--data', server.data]);
  expect(stdout).not.toContain('tiga');
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
});
