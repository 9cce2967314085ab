import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { refusalsOf } from '../../scripts/protocol/document.ts';
import { anywhere, errors, type RefusalName, refusalIn } from '../../scripts/protocol/errors.ts';
import { type Command, number } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { askServer } from '../../src/control/client.ts';
import { NO_CUT } from '../../src/protocol/request.ts';
import { crowd } from '../support/crowd.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/** What no client can bring about, and why. */
const beyondClients: Readonly<Record<string, string>> = {
  failed: 'the disk has to fail, which test/e2e/disk.test.ts does',
  faulty: 'a command has to have a bug, which test/server/dispatcher.test.ts plays',
  'register registeredOnly':
    'the disk has to fail between two commits, which test/server/dispatcher.test.ts plays',
};

const all = [...commands.values()];
const commandIn = (request: string): string => request.split(' ')[0]!;
/** Each as the command and the error's name. */
const provoked = new Set<string>();

/** Takes note of an error that a command has given. */
function note(command: string, reply: Record<string, unknown>, name: RefusalName): void {
  expect([command, reply]).toEqual([command, { status: 'ERROR', message: reply.message }]);
  expect([command, refusalIn(String(reply.message))]).toEqual([command, name]);
  provoked.add(anywhere.includes(name) ? name : `${command} ${name}`);
}

/** Each request is refused with this error. */
async function refused(wire: Wire, name: RefusalName, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) note(commandIn(request), await wire.ask(request), name);
}

/** A request with this token, and anything else that it needs. */
const anyRequest = ({ name, arguments: words }: Command, token: string): string =>
  [
    name,
    ...Object.entries(words).map(([word, type]) => (word === 'token' ? token : type === number ? 1 : 'x')),
  ].join(' ');

test('errors: mistakes', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  await refused(wire, 'unknownCommand', 'hello');
  await wire.write(Buffer.from([0xff, 0x0a]));
  note('', JSON.parse(await wire.reply()), 'notUtf8');
  const withSession = all.filter(({ session }) => session !== 'none');
  await refused(wire, 'noSession', ...withSession.map((command) => anyRequest(command, 'wrong')));
  const withWords = all.filter((command) => command.cut('', NO_CUT) === undefined);
  await refused(wire, 'missingArgument', ...withWords.map(({ name }) => name));

  await refused(
    wire,
    'noSuchRecipient',
    `send ${messi} nobody x`,
    `post ${messi} key nobody x`,
    `ack ${messi} 1 with nobody`,
    `history ${messi} nobody`,
    `block ${messi} nobody`,
    `unblock ${messi} nobody`,
  );
  await refused(wire, 'badKey', `post ${messi} ${'k'.repeat(65)} lineker x`);
  const changes = [`status ${messi} 99`, `edit ${messi} 99 x`, `delete ${messi} 99`];
  await refused(wire, 'noSuchMessage', ...changes);

  const inGroup = (group: string): string[] => [
    `ack ${lineker} 1 with #${group}`,
    `post ${lineker} key #${group} x`,
    `history ${lineker} #${group}`,
    `leavegroup ${lineker} ${group}`,
    `sendgroup ${lineker} ${group} x`,
    `inboxgroup ${lineker} ${group}`,
    `members ${lineker} ${group}`,
  ];
  await refused(wire, 'noSuchGroup', ...inGroup('lab'), `joingroup ${lineker} lab`);
  await wire.ask(`addgroup ${messi} lab rahasia`);
  await refused(wire, 'notMember', ...inGroup('lab'));
  await refused(wire, 'memberAlready', `joingroup ${messi} lab`);
  await refused(wire, 'groupTaken', `addgroup ${lineker} lab`);
  await refused(wire, 'groupLooksTaken', `addgroup ${lineker} Lab`);
  await refused(wire, 'badGroupName', `addgroup ${lineker} #lab`);

  await refused(wire, 'registrationClosed', 'register A B budi x', 'register A B messi x');
  await refused(wire, 'badPassword', `passwd ${messi} surabaya `);
  await refused(wire, 'badFullName', `profile ${messi} - x`);
  await refused(wire, 'noSuchSession', `logout ${messi} x`);

  await refused(wire, 'noSuchUser', 'auth nobody x');
  await askServer(server.data, { command: 'disable-account', username: 'henderson' });
  await refused(wire, 'disabled', 'auth henderson surabaya');
  for (const guess of ['auth lineker salah', `joingroup ${lineker} lab salah`, `passwd ${messi} salah x`]) {
    await refused(wire, 'wrongPassword', ...Array<string>(5).fill(guess));
    await refused(wire, 'tooManyFailures', guess);
  }
  // Behind this nothing is taken on the connection.
  await wire.write(`${'x'.repeat(65 * 1024)}\n`);
  note('', JSON.parse(await wire.reply()), 'tooLong');
});

test('errors: registration', async () => {
  const args = ['--registration', 'open', '--max-accounts', '4', '--failed-logins', '1'];
  const open = await startServer({ args });
  const wire = await Wire.open(open.port);
  await refused(wire, 'badUsername', 'register A B 1x x');
  await refused(wire, 'badPassword', 'register A B adi ');
  await refused(wire, 'badFullName', 'register - B beni x');
  await refused(wire, 'userTaken', 'register A B messi x');
  await refused(wire, 'userLooksTaken', 'register A B Messi x');
  await wire.ask('register A B budi x');
  await refused(wire, 'tooManyAccounts', 'register A B cici x');
  await refused(wire, 'tooManyRegistrations', 'register A B budi x');
  const byInvite = await startServer({ args: ['--registration', 'invite'] });
  await refused(await Wire.open(byInvite.port), 'badInvite', 'register A B messi x', 'register A B budi x y');
});

test('errors: full inboxes and too many sessions', async () => {
  const args = ['--max-unread', '2', '--max-unread-size', '1024', '--max-sessions', '1'];
  const server = await startServer({ args });
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  await wire.ask(`send ${messi} lineker x`);
  const { id } = await wire.ask(`post ${messi} one lineker x`);
  const more = [`send ${messi} lineker x`, `post ${messi} two lineker x`];
  await refused(wire, 'inboxFull', ...more, `edit ${messi} ${id} ${'x'.repeat(1024)}`);
  await wire.ask(`addgroup ${messi} lab`);
  const lineker = await Wire.open(server.port);
  await lineker.ask(`joingroup ${await lineker.login('lineker')} lab`);
  await wire.ask(`sendgroup ${messi} lab x`);
  const inGroup = (await wire.ask(`post ${messi} three #lab x`)).id;
  const toGroup = [`sendgroup ${messi} lab x`, `post ${messi} four #lab x`];
  await refused(wire, 'tooMuchUnread', ...toGroup, `edit ${messi} ${inGroup} ${'x'.repeat(1024)}`);
  await refused(wire, 'tooManySessions', 'auth messi surabaya');
});

test('errors: too many requests and connections', async () => {
  const server = await startServer({ args: ['--max-rate', '1', '--max-per-address', '1'] });
  const wire = await Wire.open(server.port);
  await wire.write('online\r\n'.repeat(2));
  await wire.reply();
  note('online', JSON.parse(await wire.reply()), 'tooFast');
  note('', JSON.parse(await (await Wire.open(server.port)).reply()), 'addressFull');
  const small = await startServer({ args: ['--max-connections', '1'] });
  await (await Wire.open(small.port)).ask('online');
  note('', JSON.parse(await (await Wire.open(small.port)).reply()), 'full');
});

test('errors: too many groups, members and blocked users', async () => {
  const first = await startServer();
  const wire = await Wire.open(first.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  for (const group of ['large', 'small']) await wire.ask(`addgroup ${messi} ${group}`);
  await wire.close();
  await first.stop();
  crowd(first.data, 'lineker', 'large');
  const server = await startServer({ data: first.data });
  const again = await Wire.open(server.port);
  await refused(again, 'groupFull', `joingroup ${lineker} large`);
  await refused(again, 'tooManyGroups', `joingroup ${lineker} small`, `addgroup ${lineker} more`);
  await refused(again, 'tooManyBlocked', `block ${lineker} messi`);
});

test('errors: too many passwords that wait', async () => {
  const args = ['--threads', '1', '--log-rate', '1', '--registration', 'open', '--failed-logins', '1000'];
  const server = await startServer({ args });
  const openMany = (count: number) =>
    Promise.all(Array.from({ length: count }, () => Wire.open(server.port)));
  const wire = await Wire.open(server.port);
  const messi = await wire.login('messi');
  const lineker = await wire.login('lineker');
  await wire.ask(`addgroup ${messi} lab rahasia`);
  // As many as may wait, as are hashed at once, and some for whom there is no room.
  const crowd = await openMany(2000 + availableParallelism() + 50);
  const full = Promise.withResolvers<void>();
  let enough = false;
  const press = async (wire: Wire): Promise<void> => {
    while (!enough) {
      const { message } = await wire.ask('auth henderson surabaya');
      if (refusalIn(String(message)) === 'tooManyLogins') full.resolve();
    }
  };
  const pressing = crowd.map((wire) => press(wire).catch(() => {}));
  await full.promise;
  const requests = [
    'auth messi surabaya',
    `addgroup ${messi} more rahasia`,
    `joingroup ${lineker} lab rahasia`,
    'register A B budi rahasia',
    `passwd ${lineker} salah x`,
  ];
  for (const request of requests) {
    // Where one finds room it waits for a minute.
    const asking = (await openMany(10)).map((wire) => refused(wire, 'tooManyLogins', request));
    await Promise.any(asking);
  }
  enough = true;
  await server.kill();
  await Promise.all(pressing);
});

test('every documented error was given above, by each command that can give it, and no other was', () => {
  const own = all.flatMap(({ name }) => refusalsOf(name).map((refusal) => `${name} ${refusal}`));
  const documented = [...own, ...anywhere];
  expect([...provoked, ...Object.keys(beyondClients)].sort()).toEqual(documented.sort());
  const named = documented.map((one) => one.split(' ').at(-1)!);
  expect([...new Set(named)].sort()).toEqual(Object.keys(errors).sort());
});
