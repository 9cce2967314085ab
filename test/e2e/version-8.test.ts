import { expect, test } from '@jest/globals';
import { runBenang, startServer } from '../support/program.ts';
import { finds } from '../support/searching.ts';
import { type OldMessage, oldData, oldFacts } from '../support/version-8.ts';
import { Wire } from '../support/wire.ts';

const facts = oldFacts();

const lines = (text: string): OldMessage[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** When all had read a message to a group was not noted. */
const withoutReading = (message: OldMessage): object =>
  message.group === undefined ? message : { ...message, read_at: null };

test('a database of version 8 is all there: accounts, sessions, invites, conversations, inboxes', async () => {
  const server = await startServer({ data: oldData(), args: ['--registration', 'invite'] });
  const wire = await Wire.open(server.port);
  for (const [name, token] of Object.entries(facts.tokens)) {
    const { inbox, ...told } = facts.told[name]!;
    for (const [request, answer] of Object.entries(told)) {
      const [command, ...rest] = request.split(' ');
      const reply = await wire.ask([command, token, ...rest].join(' '));
      expect({ name, request, is: reply.messages ?? reply.message }).toEqual({ name, request, is: answer });
    }
    const looker = await Wire.open(server.port);
    expect({ name, inbox: (await looker.ask(`inbox ${token}`)).messages }).toEqual({ name, inbox });
    looker.reset();
  }

  const { stdout } = await runBenang(['export', '--data', server.data]);
  // The group that all have left has ended, and what was sent to it is being deleted.
  const there = lines(stdout).filter(({ to, group }) => to ?? group);
  const kept = facts.messages.filter(({ group }) => group !== 'ditinggal');
  expect(there.map(withoutReading)).toEqual(kept.map(withoutReading));
  const list = await runBenang(['user', 'list', '--json', '--data', server.data]);
  expect(lines(list.stdout)).toEqual(facts.accounts);

  const { diam, pergi, ...others } = facts.passwords;
  expect(await wire.ask(`auth diam ${diam}`)).toMatchObject({ message: 'Account is disabled' });
  expect(await wire.ask(`auth pergi ${pergi}`)).toMatchObject({ message: 'User Tidak Ada' });
  for (const [name, password] of Object.entries(others)) {
    expect(await wire.ask(`auth ${name} ${password}`)).toMatchObject({ status: 'OK' });
  }
  expect(await wire.ask(`register A B lain surabaya ${facts.invites[0]}`)).toMatchObject({ status: 'ERROR' });
  expect(await wire.ask(`register A B lain surabaya ${facts.invites[1]}`)).toMatchObject({ status: 'OK' });
  await server.stop();
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
});

test('its words are found by and by, the newest first, however often the server is killed meanwhile', async () => {
  const data = oldData();
  const words = [
    'tertunda',
    'makan',
    '北京',
    'ครับ',
    'दान',
    'lodz',
    'ΟΔΟΣ',
    'كتاب',
    'disunting',
    'budi.s@contoh',
    '👍',
    'late 7',
  ];
  const found = async (wire: Wire, name: string, asked: string) => {
    const reply = await wire.ask(`search ${facts.tokens[name]} ${asked}`);
    return reply as unknown as { messages: readonly { id: number; msg: string }[]; not_searched: number };
  };
  /** What the old server has shown of an account's conversations, those with two of its users left out. */
  const shown = (name: string) =>
    Object.entries(facts.told[name]!)
      .flatMap(([request, answer]) =>
        request.startsWith('history') ? (answer as { id: number; msg: string }[]) : [],
      )
      .sort((a, b) => a.id - b.id);
  const expectAll = async (wire: Wire): Promise<boolean> => {
    let all = true;
    for (const name of Object.keys(facts.tokens)) {
      for (const asked of words) {
        const { messages, not_searched: notSearched } = await found(wire, name, asked);
        all &&= notSearched === 0;
        const mine = new Set(shown(name).map(({ id }) => id));
        const listed = messages.filter(({ id }) => mine.has(id));
        const fitting = shown(name).filter(({ id, msg }) => id > notSearched && finds(msg, asked));
        const newest = messages.length < 50 ? fitting : fitting.filter(({ id }) => id >= messages[0]!.id);
        expect({ name, asked, listed }).toEqual({ name, asked, listed: newest });
        for (const { msg } of messages) expect([msg, finds(msg, asked)]).toEqual([msg, true]);
      }
    }
    return all;
  };
  for (let killed = 0; killed < 4; killed++) {
    const server = await startServer({ data });
    if (killed === 0) await server.logged('is being made searchable');
    const wire = await Wire.open(server.port);
    // A little later each time.
    for (let asked = 0; asked < 10 * killed; asked++) await found(wire, 'messi', 'makan');
    await server.kill();
  }
  const server = await startServer({ data });
  const wire = await Wire.open(server.port);
  while (!(await expectAll(wire)));
  await server.stop();
  expect((await runBenang(['check', '--data', data])).code).toBe(0);
});
