import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Pty } from '../support/pty.ts';
import { type Asked, ScriptedServer } from '../support/scripted-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

/** A title, a colour, C1 controls, a bell, a line that is written over, text that is turned round: in one word. */
const HOSTILE = 'x\u001b]0;owned\u0007\u001b[31m\u009b2J\u0085\r\u007f\u202e\u200f\u061cy';
/** All that a terminal obeys, but the end of a line. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Whether a program's output is harmless, and shows the hostile word as what it is. */
function expectHarmless(output: string, { shown = true } = {}): void {
  expect(output).not.toMatch(OBEYED);
  if (shown) expect(output).toContain(String.raw`x\u001b]0;owned\u0007`);
}

async function expectRunHarmless(
  args: readonly string[],
  options?: Parameters<typeof runBenang>[1] & { shown?: boolean },
) {
  const finished = await runBenang(args, options);
  expect(finished.stdout + finished.stderr).not.toBe('');
  expectHarmless(finished.stdout + finished.stderr, options);
  return finished;
}

/** Gives a data folder an account and a group with hostile names, and the account one of a person. */
function poison(folder: string): void {
  using db = new DatabaseSync(join(folder, 'benang.db'));
  db.prepare(`UPDATE account SET username = ? || ' ', nama = ?, negara = ? WHERE username = 'henderson'`).run(
    HOSTILE,
    HOSTILE,
    HOSTILE,
  );
  db.prepare(`UPDATE account SET username = ? WHERE username = 'lineker'`).run(HOSTILE);
  db.prepare('INSERT INTO groups (name) VALUES (?)').run(HOSTILE);
  db.exec(`INSERT INTO member (group_id, account, joined_after, read_up_to)
    SELECT groups.id, account.id, 0, 0 FROM groups, account WHERE username = 'messi'`);
}

describe('what operators are shown', () => {
  test('of names in the data, of files and folders, of arguments and the environment', async () => {
    const data = join(tempFolder(), HOSTILE);
    mkdirSync(data);
    await (await startServer({ data })).stop();
    poison(data);
    const at = ['--data', data];
    const backup = join(data, 'a.db');
    for (const args of [
      ['user', 'list', ...at],
      ['user', 'list', '--json', ...at],
      ['user', 'disable', HOSTILE, ...at],
      ['user', 'enable', HOSTILE, ...at],
      ['user', 'passwd', HOSTILE, ...at],
      ['user', 'remove', HOSTILE, '--yes', ...at],
      ['user', 'remove', `${HOSTILE}no`, '--yes', ...at],
      ['user', 'add', HOSTILE, ...at],
      ['group', 'list', ...at],
      ['group', 'list', '--json', ...at],
      ['group', 'remove', `${HOSTILE}no`, '--yes', ...at],
      ['group', 'remove', HOSTILE, '--yes', ...at],
      ['invite', 'revoke', '1', '--data', `${data}no`],
      ['export', '--user', HOSTILE, '--data', `${data}no`],
      ['backup', backup, ...at],
      ['backup', backup, ...at],
      ['restore', backup, ...at],
      ['restore', `${backup}no`, ...at],
      ['check', '--file', `${backup}no`],
      ['kick', HOSTILE, ...at],
      ['top', ...at],
      ['stop', ...at],
      [HOSTILE],
      ['serve', `--${HOSTILE}`],
      ['serve', '--config', HOSTILE],
      ['serve', '--tls-cert', HOSTILE, '--tls-key', HOSTILE],
      ['serve', '--accounts', HOSTILE, '--data', tempFolder()],
      ['serve', '--host', HOSTILE, '--data', tempFolder()],
      ['chat', '--ca', HOSTILE],
      ['load', '--target', '127.0.0.1:1', '--accounts', HOSTILE],
      ['load', '--compare', `${HOSTILE},b`],
    ]) {
      // The rules for names and numbers name no name.
      const shown =
        !['add', 'passwd'].includes(args[1] ?? '') && args[0] !== 'invite' && args[1] !== '--host';
      await expectRunHarmless(args, { input: 'x\n', shown });
    }
    await expectRunHarmless(['serve'], {
      env: cleanEnvironment({ BENANG_DATA: '/dev/null/'.concat(HOSTILE) }),
    });
    const config = join(tempFolder(), 'config.json');
    writeFileSync(config, JSON.stringify({ [HOSTILE]: 1 }));
    await expectRunHarmless(['serve', '--config', config]);
    writeFileSync(config, `{"port": ${HOSTILE}`);
    await expectRunHarmless(['serve', '--config', config], { shown: false });
  }, 120_000);

  test.each(['text', 'json'])('of users, in top, kick and the log as %s', async (format) => {
    const first = await startServer();
    await first.stop();
    poison(first.data);
    const server = await startServer({ data: first.data, args: ['--log-format', format] });
    const wire = await Wire.open(server.port);
    await wire.write(`auth ${HOSTILE} surabaya\n`);
    expect(await wire.reply()).toContain('"OK"');
    await expectRunHarmless(['top', '--interval', '10ms', '--data', server.data]);
    await expectRunHarmless(['top', '--interval', '10ms', '--json', '--data', server.data], { shown: false });
    await expectRunHarmless(['kick', `${HOSTILE}no`, '--data', server.data]);
    await server.stop();
    expectHarmless(server.log(), { shown: format === 'text' });
  });
});

const DATA = { nama: HOSTILE, negara: HOSTILE };

/** A server that answers with hostile words wherever it can. */
async function answerHostilely(server: ScriptedServer): Promise<void> {
  const listed = {
    id: 1,
    from: HOSTILE,
    to: 'messi',
    group: null,
    msg: HOSTILE,
    sent_at: 1,
    read_at: null,
    edited_at: 2,
    deleted_at: null,
  };
  const { edited_at: _, deleted_at: __, read_at: ___, ...message } = listed;
  const answers: Readonly<Record<string, readonly object[]>> = {
    auth: [{ status: 'OK', tokenid: 'T' }],
    inbox: [
      { status: 'OK', messages: { [HOSTILE]: [{ msg_from: HOSTILE, msg_to: HOSTILE, msg: HOSTILE }] } },
    ],
    online: [{ status: 'OK', messages: { [HOSTILE]: { username: HOSTILE, userdetail: DATA } } }],
    listen: [
      { status: 'OK', messages: 'Listening', since: 0 },
      { event: 'message', ...message },
      { event: 'edited', ...message, id: 2, message: 1, edited_at: 1 },
      { event: 'deleted', ...message, id: 3, message: 1, deleted_at: 1 },
      { event: 'presence', username: HOSTILE, online: true },
      { event: 'read', by: HOSTILE, upto: 1, read_at: 1 },
    ],
    chats: [{ status: 'OK', messages: { [HOSTILE]: { unread: 1 } } }],
    history: [{ status: 'OK', messages: [listed] }],
    search: [{ status: 'OK', messages: [listed] }],
    getgroups: [{ status: 'OK', messages: { [HOSTILE]: { members: 1, unread: 1 } } }],
    members: [{ status: 'OK', messages: { [HOSTILE]: DATA } }],
    blocks: [{ status: 'OK', messages: [HOSTILE] }],
    ack: [{ status: 'OK', message: HOSTILE }],
  };
  const answer = ({ line, say }: Asked): void => {
    say(...(answers[line.split(' ')[0]!] ?? [{ status: 'ERROR', message: HOSTILE }]));
  };
  for (;;) answer(await server.asked());
}

describe('what the chat shows', () => {
  test.each([[[]], [['--trace']], [['--json']]])('on a pipe, of a hostile server, %j', async (args) => {
    const server = await ScriptedServer.open();
    void answerHostilely(server);
    const lines = ['auth messi x', 'inbox', 'online', 'send lineker hi', 'logout'];
    await expectRunHarmless(['chat', '--port', String(server.port), ...args], { input: lines.join('\n') });
    await expectRunHarmless(['chat', '--host', `${HOSTILE}.invalid`, '--port', '1'], {
      input: '',
      shown: false,
    });
  });

  test('of a token that would steer a terminal, nothing', async () => {
    const server = await ScriptedServer.open();
    const run = runBenang(['chat', '--port', String(server.port), '--trace'], { input: 'auth messi x\n' });
    (await server.asked()).say({ status: 'OK', tokenid: HOSTILE });
    const { stdout, stderr } = await run;
    expectHarmless(stdout + stderr, { shown: false });
    expect(stderr).toContain('without a right "tokenid"');
  });

  // The pseudo-terminal comes from util-linux.
  (process.platform === 'linux' ? test.each([[[]], [['--trace']], [['--json']]]) : test.skip.each([[[]]]))(
    'on a terminal, of a hostile server, %j',
    async (args) => {
      const server = await ScriptedServer.open();
      void answerHostilely(server);
      const terminal = Pty.open(
        ['chat', '--port', String(server.port), ...args],
        cleanEnvironment({ TERM: 'xterm', NO_COLOR: '1' }),
      );
      await terminal.shows('Command :');
      terminal.type('auth messi x\r');
      await terminal.shows(/owned.*owned/s);
      const shown = String.raw`x\u001b]0;owned`;
      for (const line of [
        'inbox',
        'online',
        'send lineker hi',
        'chats',
        'groups',
        'members lab',
        'blocks',
        'history lineker',
        'search x',
        'addgroup lab',
        'edit 1 x',
        'chat lineker',
        '/chats',
      ]) {
        terminal.type(`${line}\r`);
        await terminal.shows(shown);
      }
      terminal.type('\u0004\u0004');
      await terminal.ended;
      // Readline's own are movements of the cursor and the erasing of lines, and --json shows what it shows.
      expect(terminal.seen()).not.toMatch(/\u001b\]|\u001b\[3\dm|[\u0007\u007f-\u009f\u061c\u200f\u202e]/);
    },
  );
});
