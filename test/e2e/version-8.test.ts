import { expect, test } from '@jest/globals';
import { runBenang, startServer } from '../support/program.ts';
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
