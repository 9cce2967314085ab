import { describe, expect, test } from '@jest/globals';
import { TOLD_AT_ONCE } from '../../src/live/tellings.ts';
import { Listening } from '../support/listening.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/* So many connections listen that main tells them in several steps. */

const COUNT = TOLD_AT_ONCE + 20;
const MESSAGES = 30;

describe.each([
  ['a thread for each', ['--max-threads', '200']],
  ['shared threads', ['--threads', '2']],
] as const)('%s', (_name, args) => {
  test('each hears all in order, and never later than a reply that knows of it', async () => {
    const server = await startServer({ args: [...args, '--log-level', 'warn'] });
    const sender = await Wire.open(server.port);
    const [messi, lineker] = [await sender.login('messi'), await sender.login('lineker')];
    const ears: Listening[] = [];
    for (let number = 0; number < COUNT; number++) {
      const ear = await Listening.open(server.port);
      await ear.ask(`listen ${lineker}`);
      ears.push(ear);
    }
    let sending = true;
    const asking = ears.map(async (ear) => {
      let looks = 0;
      while (sending || looks < 3) {
        looks++;
        const { messages } = await ear.ask(`history ${lineker} messi limit 1`);
        const [last] = messages as { id: number }[];
        if (last) expect(ear.events.some(({ id }) => id === last.id)).toBe(true);
      }
    });
    for (let number = 0; number < MESSAGES; number++) await sender.ask(`send ${messi} lineker ${number}`);
    sending = false;
    await Promise.all(asking);
    const texts = Array.from({ length: MESSAGES }, (_, number) => String(number));
    for (const ear of ears) {
      while (ear.events.filter(({ event }) => event === 'message').length < MESSAGES)
        await ear.next('message');
      expect(ear.events.flatMap(({ event, msg }) => (event === 'message' ? [msg] : []))).toEqual(texts);
    }
    expect(await server.stop()).toBe(0);
  }, 120_000);
});
