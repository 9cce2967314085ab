import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunked } from '../support/chunked.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

test('any list of requests gets the same replies in the same order, whole or one byte at a time', async () => {
  const server = await startServer({ args: ['--failed-logins', '1000'] });
  const setup = await Wire.open(server.port);
  const messi = await setup.login('messi');
  const lineker = await setup.login('lineker');
  const forget = async (): Promise<void> => {
    await setup.ask(`send ${messi} lineker first`);
    await setup.ask(`inbox ${lineker}`);
    await setup.ask('online');
  };

  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replace(/[\r\n]/g, '?'));
  const request = fc.oneof(
    { weight: 4, arbitrary: text.map((value) => `send ${messi} lineker  ${value} `) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        `inbox ${lineker}`,
        `inbox ${messi}`,
        'online',
        `online ${messi}`,
        'inbox wrong',
        'nonsense',
        '',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('auth messi surabaya', 'auth messi wrong', 'auth nobody x', 'auth'),
    },
    { weight: 1, arbitrary: text },
  );
  const end = fc.constantFrom('\r\n', '\n');

  const replies = async (requests: [string, string][], size: number): Promise<string[]> => {
    await forget();
    const wire = await Wire.open(server.port);
    const bytes = Buffer.from(requests.map(([line, ending]) => line + ending).join(''));
    for (const chunk of chunked(bytes, size)) await wire.write(chunk);
    const received = await wire.replies(requests.length);
    await wire.close();
    // Each login has a token of its own.
    return received.map((reply) => reply.replace(UUID, 'ID'));
  };

  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(request, end), { minLength: 1, maxLength: 20 }), async (requests) => {
      const whole = await replies(requests, Number.MAX_SAFE_INTEGER);
      expect(await replies(requests, 1)).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});
