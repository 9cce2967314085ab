import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

type Json = Record<string, unknown>;

test('a user who is blocked is answered and told what anybody else is', async () => {
  const server = await startServer();
  const login = async (name: string) => {
    const wire = await Wire.open(server.port);
    const token = await wire.login(name);
    /** Replies in a row; events meanwhile are kept. */
    const events: Json[] = [];
    const ask = async (line: string): Promise<Json> => {
      await wire.write(`${line.replace('TOKEN', token)}\r\n`);
      for (;;) {
        const said = JSON.parse(await wire.reply()) as Json;
        if (!('event' in said)) return said;
        events.push(said);
      }
    };
    return { ask, events };
  };
  const blocked = await login('messi');
  const friend = await login('henderson');
  const reader = await login('lineker');
  const both = [blocked, friend] as const;
  for (const who of both) await who.ask('listen TOKEN');
  await reader.ask('block TOKEN messi');
  const compare = async (state: string, read: boolean): Promise<void> => {
    const seen = [];
    for (const { ask } of both) {
      const { messages } = await ask('history TOKEN lineker limit 1');
      const [last] = messages as readonly Json[];
      const status = (await ask(`status TOKEN ${last!.id}`)).messages as Json;
      seen.push({ state: status.state, read: last!.read_at !== null, also: status.read_at !== null });
    }
    expect(seen).toEqual([
      { state, read, also: read },
      { state, read, also: read },
    ]);
  };
  const write = async (key: string): Promise<void> => {
    for (const { ask } of both)
      expect(await ask(`post TOKEN ${key} lineker halo`)).toMatchObject({ status: 'OK' });
  };
  const shown = async (): Promise<unknown> => (await reader.ask('inbox TOKEN')).messages;

  await write('1');
  await compare('stored', false);
  expect(await shown()).toEqual({
    henderson: [{ msg_from: expect.any(String), msg_to: 'Gary Lineker', msg: 'halo' }],
  });
  await shown();
  await compare('read', true);

  // With nothing else in the inbox, whose reply may be given again without asking.
  await shown();
  await shown();
  await blocked.ask('post TOKEN 2 lineker halo');
  expect(await shown()).toEqual({ henderson: [] });
  await shown();
  const { messages } = await blocked.ask('history TOKEN lineker limit 1');
  expect((messages as readonly Json[])[0]!.read_at).not.toBeNull();

  await reader.ask('listen TOKEN');
  await write('3');
  await compare('delivered', false);
  await reader.ask('ack TOKEN 999999999');
  await compare('read', true);
  await blocked.ask('online TOKEN');
  await friend.ask('online TOKEN');
  const read = both.map(({ events }) => events.filter(({ event }) => event === 'read').length);
  expect(read).toEqual([3, 2]);
  expect(reader.events.filter(({ event }) => event === 'message')).toHaveLength(1);
  await server.stop();
});
