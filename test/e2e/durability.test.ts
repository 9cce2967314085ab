import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

/** `KILL_ROUNDS=100 npm test -- durability` for the long form. */
const rounds = Number(process.env.KILL_ROUNDS ?? 5);

test(`kill -9 right behind an OK, ${rounds} times: every message, session and logout is there`, async () => {
  const data = tempFolder();
  let found = 0;
  let reader = '';
  for (let round = 0; round < rounds; round++) {
    const server = await startServer({ data });
    const wire = await Wire.open(server.port);
    const token = await wire.login('messi');
    const ended = await wire.login('messi');
    await wire.ask(`logout ${ended}`);
    if (!reader) reader = await wire.login('lineker');
    expect(await wire.ask(`send ${token} lineker round ${round}`)).toMatchObject({ message: 'Message Sent' });
    await server.kill();

    const again = await startServer({ data });
    const check = await Wire.open(again.port);
    const inbox = (await check.ask(`inbox ${reader}`)) as { messages: { messi: { msg: string }[] } };
    expect(inbox.messages.messi.map(({ msg }) => msg)).toEqual([`round ${round}`]);
    expect(await check.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
    expect(await check.ask(`inbox ${ended}`)).toEqual({
      status: 'ERROR',
      message: 'Informasi tidak ditemukan',
    });
    found++;
    await check.close();
    await again.kill();
  }
  process.stdout.write(`kill -9: ${found} of ${rounds} messages found again\n`);
  expect(found).toBe(rounds);
}, 600_000);
