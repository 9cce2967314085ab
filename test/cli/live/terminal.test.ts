import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../../support/environment.ts';
import { startServer } from '../../support/program.ts';
import { Pty } from '../../support/pty.ts';
import { Wire } from '../../support/wire.ts';

const CTRL_D = '\u0004';

const open = (port: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Pty =>
  Pty.open(['chat', '--port', String(port), ...args], cleanEnvironment({ TERM: 'xterm', ...env }));

/** A terminal on which a user has logged in, and their token. */
async function login(
  port: number,
  username: string,
  ...more: [args?: readonly string[], env?: NodeJS.ProcessEnv]
) {
  const terminal = open(port, ...more);
  await terminal.shows('type help for the commands');
  terminal.type(`auth ${username} surabaya\r`);
  await terminal.shows(`username ${username} logged in, token `);
  await terminal.shows(/Command [0-9a-f-]{36}:/);
  const [, token] = /logged in, token ([0-9a-f-]{36})/.exec(terminal.seen())!;
  return { terminal, token: token! };
}

const count = (terminal: Pty, what: RegExp): number => terminal.seen().match(what)?.length ?? 0;

// The pseudo-terminal comes from util-linux.
(process.platform === 'linux' ? describe : describe.skip)('chat on a terminal, live', () => {
  test('a message appears above the half-typed line, is counted in the prompt, and stays in the inbox', async () => {
    const server = await startServer();
    const other = await Wire.open(server.port);
    const messi = await other.login('messi');
    const { terminal } = await login(server.port, 'lineker');
    terminal.type('send messi ha');
    await terminal.shows('send messi ha');
    await other.ask(`send ${messi} lineker nihao ma?`);
    await terminal.shows(/\d\d:\d\d messi → lineker: nihao ma\?\n?/);
    await terminal.shows(/\[1 unread\] Command [0-9a-f-]{36}:send messi ha/);
    terminal.type('lo\r');
    await terminal.shows('message sent to messi');
    expect(await other.inbox(messi)).toEqual(['halo']);
    terminal.type('inbox\r');
    await terminal.shows('messi (Lionel Messi): nihao ma?\r\n');
    await terminal.shows(/[^ ]Command [0-9a-f-]{36}:/);
    terminal.type(CTRL_D);
    expect(await terminal.ended).toBe(0);
  });

  test('chat: first what was said, then each line is a message, and what is shown is read', async () => {
    const server = await startServer();
    const first = await login(server.port, 'lineker');
    const { terminal: lineker, token } = first;
    const { terminal: messi } = await login(server.port, 'messi');
    messi.type('chat lineker\r');
    await messi.shows('── lineker ──');
    await messi.shows('each line is a message now');
    await messi.shows('lineker> ');
    messi.type('one\r//two\r  \r');
    await messi.shows(/messi: one {2}✓ \d+/);
    await messi.shows(/messi: \/two {2}✓ \d+/);
    await lineker.shows('messi → lineker: one');
    await lineker.shows('messi → lineker: /two');
    await lineker.shows('[2 unread] ');
    lineker.type('chat messi\r');
    await lineker.shows(/── messi ──\r\n── 2 unread ──/);
    await lineker.shows(/messi: one\r\n\d\d:\d\d messi: \/two\r\n/);
    await messi.shows('✓✓ lineker has read it');
    messi.type('three\r');
    await lineker.shows('messi: three');
    await messi.shows('✓✓ lineker has read it');
    const wire = await Wire.open(server.port);
    expect(await wire.inbox(token)).toEqual([]);

    messi.type('/edit drei\r/delete\r/history 2\r');
    await messi.shows('message 3 is corrected');
    await messi.shows('message 3 is deleted');
    await messi.shows(/messi: \/two {2}✓✓ 2\r\n\d\d:\d\d messi: \(deleted\)/);
    await lineker.shows('messi: drei (edited)');
    await lineker.shows(/messi deleted what was sent at \d\d:\d\d/);
    messi.type('/search one\r');
    await messi.shows(/messi → lineker: one {2}✓✓ 1/);
    messi.type('/nonsense\r');
    await messi.shows('*Maaf, command tidak benar');
    messi.type('/help\r');
    await messi.shows('leave the conversation');
    messi.type(CTRL_D);
    await messi.shows(/Command [0-9a-f-]{36}:/);
    messi.type(CTRL_D);
    expect(await messi.ended).toBe(0);
    lineker.type('/back\rexit\r');
    expect(await lineker.ended).toBe(0);
  });

  test('all that is unread is shown before it is read, also behind a login that was pasted with it', async () => {
    const server = await startServer();
    const other = await Wire.open(server.port);
    const messi = await other.login('messi');
    for (let number = 1; number <= 60; number += 1)
      await other.ask(`send ${messi} lineker unread ${number}.`);
    const terminal = open(server.port);
    await terminal.shows('type help for the commands');
    terminal.type('auth lineker surabaya\rchat messi\r');
    await terminal.shows('── 60 unread ──');
    await terminal.shows('messi: unread 60.');
    expect(count(terminal, /messi: unread \d+\./g)).toBe(60);
  });

  test('logout waits for what was typed before it', async () => {
    const server = await startServer();
    const { terminal } = await login(server.port, 'messi');
    terminal.type('chat lineker\r');
    await terminal.shows('lineker> ');
    const texts = Array.from({ length: 40 }, (_, number) => `line ${number}`);
    terminal.type(`${texts.join('\r')}\r/logout\r`);
    await terminal.shows('Logged out successfully');
    await terminal.shows('Command :');
    expect(terminal.seen()).not.toContain('not sent');
    const other = await Wire.open(server.port);
    expect(await other.inbox(await other.login('lineker'))).toEqual(texts);
  });

  test('in a chat with somebody it is told when they come and go', async () => {
    const server = await startServer();
    const { terminal } = await login(server.port, 'lineker');
    terminal.type('chat messi\r');
    await terminal.shows('messi> ');
    const other = await Wire.open(server.port);
    await other.login('messi');
    await terminal.shows('messi is here');
    await other.close();
    await terminal.shows('messi has gone');
  });

  test('groups', async () => {
    const server = await startServer();
    const { terminal } = await login(server.port, 'messi');
    terminal.type('group lab\r');
    await terminal.shows(/Error, Group belum ada\r\n\(make it: addgroup lab\)/);
    terminal.type('addgroup lab secret\rgroup lab\r');
    await terminal.shows('#lab> ');
    const other = await Wire.open(server.port);
    const lineker = await other.login('lineker');
    await other.ask(`joingroup ${lineker} lab secret`);
    await other.ask(`sendgroup ${lineker} lab hi all`);
    await terminal.shows(/\d\d:\d\d lineker: hi all\r\n/);
    await other.ask(`send ${lineker} messi psst`);
    await terminal.shows('lineker → messi: psst');
    await terminal.shows('[1 unread] #lab> ');
    terminal.type('hi\r/members\r/chats\r');
    await terminal.shows(/messi: hi {2}✓ \d+/);
    await terminal.shows(/lineker {2}Gary Lineker, Inggris\r\nmessi {4}Lionel Messi, Argentina/);
    await terminal.shows(/lineker {2}1 unread\r\n#lab {5}nothing new, 2 members/);
    expect(await other.ask(`inboxgroup ${lineker} lab`)).toMatchObject({
      messages: { messi: [{ msg_to: 'lab', msg: 'hi' }] },
    });
    terminal.type('/leavegroup\r');
    await terminal.shows('you have left group lab');
    await terminal.shows(/Command [0-9a-f-]{36}:/);
    terminal.type('group lab\r');
    await terminal.shows(/Error, Bukan member group\r\n\(become a member: joingroup lab\)/);
    // The password is masked once it was entered.
    expect(terminal.seen()).toContain('addgroup lab ********\r\n');
    terminal.type('block lineker\rblocks\r');
    await terminal.shows(/lineker is blocked\r\n/);
    await terminal.shows(/lineker\r\n/);
  });

  test('behind a kill -9 it goes on where it was: nothing is lost or doubled, what was typed is sent once', async () => {
    let server = await startServer();
    const { terminal } = await login(server.port, 'messi');
    terminal.type('chat lineker\r');
    await terminal.shows('lineker> ');
    for (let round = 0; round < 3; round++) {
      terminal.type(`before ${round}\r`);
      await terminal.shows(/before \d {2}✓ \d+/);
      terminal.type('half');
      await server.kill();
      await terminal.shows(/Error, Gagal\r\n\(the connection is lost; trying again by itself\)/);
      await terminal.shows(/\[offline, trying again in \d s\] lineker> half/);
      terminal.type(`-typed ${round}\ralone ${round}\r/history\r`);
      await terminal.shows(/half-typed \d {2}… not sent yet/);
      await terminal.shows(/alone \d {2}… not sent yet/);
      await terminal.shows('Error, Gagal');
      await terminal.shows(/\[offline, trying again in \d s, 2 unsent\] lineker> /);
      server = await startServer({ data: server.data, args: ['--port', String(server.port)] });
      const other = await Wire.open(server.port);
      await other.ask(`send ${await other.login('lineker')} messi missed ${round}`);
      await other.close();
      terminal.type('/connect\r');
      await terminal.shows('connected');
      for (const text of ['missed', 'half-typed', 'alone']) {
        await terminal.hasShown(new RegExp(`: ${text} ${round}(?:  ✓ |\\r)`));
      }
    }
    const wire = await Wire.open(server.port);
    const lineker = await wire.login('lineker');
    expect(await wire.inbox(lineker)).toEqual(
      [0, 1, 2].flatMap((round) => [`before ${round}`, `half-typed ${round}`, `alone ${round}`]),
    );
    for (const text of ['before', 'half-typed', 'alone']) {
      expect(count(terminal, new RegExp(`messi: ${text} \\d {2}✓ `, 'g'))).toBe(3);
    }
    expect(count(terminal, /lineker: missed \d/g)).toBe(3);
    terminal.type(`${CTRL_D}${CTRL_D}`);
    expect(await terminal.ended).toBe(0);
  }, 60_000);

  test('whoever leaves while the server is away is told what was not sent', async () => {
    const server = await startServer();
    const { terminal } = await login(server.port, 'messi');
    terminal.type('chat lineker\r');
    await terminal.shows('lineker> ');
    await server.kill();
    await terminal.shows('[offline');
    terminal.type('never mind\r');
    await terminal.shows('… not sent yet');
    terminal.type('/exit\r');
    await terminal.shows('(not sent to lineker: never mind)');
    expect(await terminal.ended).toBe(0);
  });

  test('what was pasted is all sent before it leaves', async () => {
    const server = await startServer();
    const { terminal } = await login(server.port, 'messi');
    const texts = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    terminal.type(`chat lineker\r${texts.join('\r')}\r${CTRL_D}${CTRL_D}`);
    expect(await terminal.ended).toBe(0);
    const wire = await Wire.open(server.port);
    expect(await wire.inbox(await wire.login('lineker'))).toEqual(texts);
  });

  test('a login that ends elsewhere is over here, and another can begin', async () => {
    const server = await startServer();
    const { terminal, token } = await login(server.port, 'messi');
    terminal.type('chat lineker\r');
    await terminal.shows('lineker> ');
    const wire = await Wire.open(server.port);
    await wire.ask(`logout ${token}`);
    await terminal.shows(
      /Error, Informasi tidak ditemukan\r\n\(your login has ended; log in again with auth\)/,
    );
    await terminal.shows('Command :');
    terminal.type('chats\r');
    await terminal.shows('Error, not authorized');
    await wire.ask(`send ${await wire.login('lineker')} messi meanwhile`);
    terminal.type('auth messi surabaya\r');
    await terminal.shows('username messi logged in');
    await terminal.shows('lineker → messi: meanwhile');
    terminal.type('logout\r');
    await terminal.shows('Logged out successfully');
    await terminal.shows('Command :');
    terminal.type('auth lineker surabaya\rchats\r');
    await terminal.shows('username lineker logged in');
    await terminal.shows('(nothing is unread, and you are in no group)');
  });

  test('an account of one’s own: made, its password changed, its other sessions seen and ended', async () => {
    const server = await startServer({ args: ['--registration', 'open'] });
    const terminal = open(server.port);
    await terminal.shows('Command :');
    terminal.type('register Budi-Santoso Indonesia budi\r');
    await terminal.shows('-Maaf, command tidak benar');
    terminal.type('register Budi-Santoso Indonesia messi rahasia\r');
    await terminal.shows('Error, User sudah ada');
    terminal.type('register Budi-Santoso Indonesia budi rahasia\r');
    await terminal.shows('username budi logged in, token ');
    const wire = await Wire.open(server.port);
    await wire.login('budi', 'rahasia');
    terminal.type('sessions\r');
    await terminal.shows(/[0-9a-f-]{36} {2}since \d+ \w+ \d\d:\d\d, used [^,]*, connected \(this one\)/);
    await terminal.shows(/[0-9a-f-]{36} {2}since .*, connected\r/);
    terminal.type('passwd salah baru\r');
    await terminal.shows('Error, Password Salah');
    terminal.type('passwd rahasia baru\rprofile Budi Jerman\r');
    await terminal.shows('your password is changed');
    await terminal.shows('your name and country are changed');
    expect(await wire.ask('online')).toMatchObject({ status: 'ERROR' });
    const token = await wire.login('budi', 'baru');
    expect(JSON.stringify(await wire.ask(`online ${token}`))).toContain('"negara":"Jerman"');
    terminal.type('logout all\r');
    await terminal.shows('Logged out successfully');
    await terminal.shows('Command :');
    expect(await wire.ask(`online ${token}`)).toMatchObject({ status: 'ERROR' });
    expect(terminal.seen()).toContain('passwd ********\r\n');
    expect(terminal.seen()).toContain('register Budi-Santoso Indonesia budi ********\r\n');
  });

  test('colours where they are wanted, and no sequences of strangers', async () => {
    const server = await startServer();
    const other = await Wire.open(server.port);
    const messi = await other.login('messi');
    const colours = { NO_COLOR: undefined, TERM: 'xterm-256color' };
    const { terminal } = await login(server.port, 'lineker', [], colours);
    await other.ask(`send ${messi} lineker \u001b[2Jhi\u202e`);
    await terminal.shows(/\u001b\[2m\d\d:\d\d\u001b\[22m \u001b\[\d\dmmessi\u001b\[39m → /);
    await terminal.shows('\\u001b[2Jhi\\u202e');
    expect(terminal.seen()).not.toMatch(/\u001b\[2J|\u202e/);
  });

  test('--json tells what happens as JSON', async () => {
    const server = await startServer();
    const other = await Wire.open(server.port);
    const messi = await other.login('messi');
    const terminal = open(server.port, ['--json']);
    await terminal.shows('Command :');
    terminal.type('auth lineker surabaya\r');
    await terminal.shows(/Command [0-9a-f-]{36}:/);
    await other.ask(`send ${messi} lineker halo`);
    await terminal.shows(
      /\{"event":"message","id":1,"from":"messi","to":"lineker","group":null,"msg":"halo","sent_at":\d+\}\r\n/,
    );
    terminal.type('chats\r');
    await terminal.shows('{"status":"OK","messages":{"messi":{"unread":1}}}');
    terminal.type('chat messi\rhi\r');
    await terminal.shows('{"status":"OK","message":"Message Sent","id":2}');
  });

  test("--trace shows the traffic of the brief's commands, and no other", async () => {
    const server = await startServer();
    const other = await Wire.open(server.port);
    const messi = await other.login('messi');
    const { terminal } = await login(server.port, 'lineker', ['--trace']);
    await other.ask(`send ${messi} lineker ${'x'.repeat(40)}`);
    await terminal.shows('messi → lineker: xxx');
    await terminal.shows('[1 unread]');
    terminal.type('inbox\r');
    await terminal.shows(
      [
        `diterima dari server b'{"status": "OK", "messages": {"messi": [{"msg_from": "Lionel Mes'`,
        `diterima dari server b'si", "msg_to": "Gary Lineker", "msg": "${'x'.repeat(25)}'`,
        `diterima dari server b'${'x'.repeat(15)}"}]}}\\r\\n\\r\\n'`,
        'end of string',
      ].join('\r\n'),
    );
    terminal.type('send messi hi\r');
    await terminal.shows(/send [0-9a-f-]{36} messi {2}hi \r\n/);
    await terminal.shows(
      `diterima dari server b'{"status": "OK", "message": "Message Sent"}\\r\\n\\r\\n'\r\nend of string`,
    );
    await terminal.shows('message sent to messi');
    expect(count(terminal, /end of string/g)).toBe(3);
  });
});
