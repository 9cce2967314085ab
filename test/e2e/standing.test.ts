import { expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/* Replies that the threads give again by themselves, which they do as long as the log leaves out the lines about requests. */

const quiet = ['--log-level', 'warn'];

/** Asks the same thing over and over, until `stop`. */
function poll(wire: Wire, line: string): { stop(): Promise<void> } {
  let stopped = false;
  const polling = (async () => {
    while (!stopped) await wire.ask(line);
  })();
  return {
    stop: () => {
      stopped = true;
      return polling;
    },
  };
}

async function logIn(server: TestServer, username: string): Promise<{ wire: Wire; token: string }> {
  const wire = await Wire.open(server.port);
  return { wire, token: await wire.login(username) };
}

test('whoever asks once a message is acknowledged gets it, however often the inbox was empty before', async () => {
  const server = await startServer({ args: quiet });
  const messi = await logIn(server, 'messi');
  const lineker = await logIn(server, 'lineker');
  const inbox = `inbox ${lineker.token}`;
  for (let round = 0; round < 300; round++) {
    // What came in the round before is confirmed by the first, the next ones stand.
    for (let look = 0; look < 1 + (round % 4); look++) {
      expect(Object.values((await lineker.wire.ask(inbox)).messages as object).flat()).toEqual([]);
    }
    await messi.wire.ask(`send ${messi.token} lineker ${round}`);
    expect(await lineker.wire.ask(inbox)).toMatchObject({ messages: { messi: [{ msg: String(round) }] } });
  }
});

test('the same while both are at it at once', async () => {
  const server = await startServer({ args: quiet });
  const [first, second, messi] = await Promise.all(
    ['lineker', 'lineker', 'messi'].map((name) => logIn(server, name)),
  );
  const polls = [first!, second!].map(({ wire, token }) => poll(wire, `inbox ${token}`));
  const judge = await logIn(server, 'henderson');
  for (let round = 0; round < 300; round++) {
    await messi!.wire.ask(`send ${messi!.token} henderson ${round}`);
    expect(await judge.wire.ask(`inbox ${judge.token}`)).toMatchObject({
      messages: { messi: [{ msg: String(round) }] },
    });
    await messi!.wire.ask(`send ${messi!.token} lineker ${round}`);
  }
  await Promise.all(polls.map(({ stop }) => stop()));
});

test('once a session has been ended its token is refused everywhere', async () => {
  const server = await startServer({ args: quiet });
  const other = await logIn(server, 'henderson');
  for (let round = 0; round < 50; round++) {
    const { wire, token } = await logIn(server, 'messi');
    const ask = [`inbox ${token}`, `online ${token}`][round % 2]!;
    for (let look = 0; look < 3; look++) expect(await wire.ask(ask)).toMatchObject({ status: 'OK' });
    await other.wire.ask(`logout ${token}`);
    expect(await wire.ask(ask)).toEqual({ status: 'ERROR', message: 'Informasi tidak ditemukan' });
    await wire.close();
  }
});

test('whoever has come or gone is in the list, or not', async () => {
  const server = await startServer({ args: quiet });
  const { wire, token } = await logIn(server, 'messi');
  const users = async (): Promise<string[]> => {
    const { messages } = await wire.ask(`online ${token}`);
    return Object.values(messages as Record<string, { username: string }>).map(({ username }) => username);
  };
  for (let round = 0; round < 50; round++) {
    expect(await users()).toEqual(['messi']);
    expect(await users()).toEqual(['messi']);
    const guest = await logIn(server, 'lineker');
    expect(await users()).toEqual(['messi', 'lineker']);
    await guest.wire.ask(`logout ${guest.token}`);
    await guest.wire.close();
  }
});

test('without a token it is the last login on the connection that counts', async () => {
  const server = await startServer({ args: quiet });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  expect(await wire.ask('online')).toMatchObject({ status: 'OK' });
  expect(await wire.ask('online')).toMatchObject({ status: 'OK' });
  await wire.ask(`logout ${token}`);
  expect(await wire.ask('online')).toMatchObject({ status: 'ERROR' });
});

test('a session and a connection that only ask for what stands are in use', async () => {
  const server = await startServer({ args: [...quiet, '--session-idle', '1s', '--idle-timeout', '1s'] });
  const { wire, token } = await logIn(server, 'messi');
  const end = performance.now() + 2500;
  while (performance.now() < end) expect(await wire.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
});

test('requests that were not logged are counted in the log', async () => {
  const server = await startServer({ args: ['--log-rate', '4'] });
  const { wire, token } = await logIn(server, 'messi');
  const asked = 200;
  for (let look = 0; look < asked; look++) await wire.ask(`inbox ${token}`);
  await wire.close();
  await server.stop();
  const log = server.log();
  const shown = log.match(/INBOX: |balas ke/g)?.length ?? 0;
  const leftOut = [...log.matchAll(/(\d+) more lines/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  expect(shown).toBeLessThan(asked);
  expect(shown + leftOut).toBeGreaterThanOrEqual(2 * asked);
});
