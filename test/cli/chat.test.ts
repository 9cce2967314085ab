import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { keyFile, tlsArgs } from '../support/keys.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Pty } from '../support/pty.ts';

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const hideIds = (text: string) => text.replace(UUID, 'ID');
const chat = (port: number, input: string | Buffer, ...args: string[]) =>
  runBenang(['chat', '--port', String(port), ...args], { input });

describe('chat on a pipe', () => {
  test('what is typed and what is shown, as in the brief', async () => {
    const server = await startServer();
    const lines = [
      'inbox',
      'send lineker hi',
      'auth messi soal',
      'auth messi',
      'auth messi surabaya',
      'send leineker nihao ma?',
      'send lineker nihao ma?',
      'send lineker',
      'foo',
      '',
      'online',
      'inbox',
      'logout',
      'online',
    ];
    const { stdout, stderr, code } = await chat(server.port, `${lines.join('\n')}\n`);
    expect(hideIds(stdout).split('\n')).toEqual([
      'Command :inbox',
      'Error, not authorized',
      'Command :send lineker hi',
      'Error, not authorized',
      'Command :auth messi ********',
      'Error, Password Salah',
      'Command :auth messi',
      '-Maaf, command tidak benar',
      'Command :auth messi ********',
      'username messi logged in, token ID',
      'Command ID:send leineker nihao ma?',
      'Error, User Tidak Ditemukan',
      'Command ID:send lineker nihao ma?',
      'message sent to lineker',
      'Command ID:send lineker',
      '-Maaf, command tidak benar',
      'Command ID:foo',
      '*Maaf, command tidak benar',
      'Command ID:',
      '*Maaf, command tidak benar',
      'Command ID:online',
      '{"ID": {"username": "messi", "userdetail": {"nama": "Lionel Messi", "negara": "Argentina"}}}',
      'Command ID:inbox',
      '{}',
      'Command ID:logout',
      'Logged out successfully',
      'Command :online',
      'Error, not authorized',
      '',
    ]);
    expect([stderr, code]).toEqual(['', 1]);

    const inbox = await chat(server.port, 'auth lineker surabaya\ninbox\n');
    expect(inbox.stdout).toContain(
      '\n{"messi": [{"msg_from": "Lionel Messi", "msg_to": "Gary Lineker", "msg": "nihao ma?"}]}\n',
    );
    expect(inbox.code).toBe(0);
  });

  test('no password is shown, whether the command is known there or not', async () => {
    const server = await startServer();
    const lines = [
      'register A B budi rahasia',
      'passwd rahasia baru',
      ' auth  messi  surabaya',
      'joingroup lab rahasia',
    ];
    const { stdout } = await chat(server.port, `${lines.join('\n')}\n`);
    expect(stdout).not.toMatch(/rahasia|baru|surabaya/);
    expect(stdout).toContain('Command :register A B budi ********\n');
    expect(stdout).toContain('Command :passwd ********\n');
  });

  test('--trace shows the traffic as the original does', async () => {
    const server = await startServer();
    const { stdout } = await chat(server.port, 'auth messi surabaya\nsend lineker nihao ma?\n', '--trace');
    const [, ...lines] = hideIds(stdout).split('\n');
    expect(lines.slice(0, 2).join('\n')).toMatch(
      /^diterima dari server b'\{"status": "OK", "tokenid": "[0-9a-f-]{34,}'\nditerima dari server b'[0-9a-f-]*"\}\\r\\n\\r\\n'$/,
    );
    expect(lines.slice(2)).toEqual([
      'end of string',
      'username messi logged in, token ID',
      'Command ID:send lineker nihao ma?',
      'send ID lineker  nihao ma? ',
      'diterima dari server b\'{"status": "OK", "message": "Message Sent"}\\r\\n\\r\\n\'',
      'end of string',
      'message sent to lineker',
      '',
    ]);
  });

  test('lines from another system: a byte order mark and CRLF are no matter, UTF-16 is named', async () => {
    const server = await startServer();
    const lines = 'auth messi surabaya\r\ninbox\r\n';
    const plain = await chat(server.port, lines);
    const marked = await chat(server.port, `\ufeff${lines}`);
    expect(hideIds(marked.stdout)).toBe(hideIds(plain.stdout));
    expect([marked.code, marked.stderr]).toEqual([0, '']);
    expect(await chat(server.port, Buffer.from(`\ufeff${lines}`, 'utf16le'))).toEqual({
      stdout: '',
      stderr: 'benang: what comes on stdin is UTF-16; save it as UTF-8\n',
      code: 1,
    });
  });

  test('--json prints replies only', async () => {
    const server = await startServer();
    const { stdout } = await chat(server.port, 'inbox\nauth messi surabaya\ninbox\n', '--json');
    expect(hideIds(stdout).split('\n')).toEqual([
      '{"status":"ERROR","message":"Error, not authorized"}',
      '{"status": "OK", "tokenid": "ID"}',
      '{"status": "OK", "messages": {}}',
      '',
    ]);
  });

  test('no server', async () => {
    const server = await startServer();
    await server.stop();
    const { stdout, code } = await chat(server.port, 'auth messi surabaya\n');
    expect(stdout).toBe('Error, Gagal\nCommand :auth messi ********\nError, Gagal\n');
    expect(code).toBe(1);
  });
});

describe('chat over TLS', () => {
  test('--ca speaks TLS', async () => {
    const server = await startServer({ args: tlsArgs() });
    const lines = 'auth messi surabaya\nsend messi halo\ninbox\n';
    const { stdout, stderr, code } = await chat(server.port, lines, '--ca', keyFile('ca.pem'));
    expect(stdout).toContain('"msg": "halo"');
    expect([stderr, code]).toEqual(['', 0]);
    // That one has closed in order.
    const more = ['--tls', '--ca', keyFile('ca.pem'), '--trace'];
    const again = await chat(server.port, 'auth messi surabaya\ninbox\n', ...more);
    // The trace does not show what the client asks for itself as it leaves.
    expect(again.stdout).toMatch(/\nend of string\n\{"messi": \[\]\}\n$/);
  });

  test("what is wrong stands on stderr; stdout has the brief's line", async () => {
    const server = await startServer({ args: tlsArgs() });
    const untrusted = await chat(server.port, '', '--tls');
    expect([untrusted.stdout, untrusted.code]).toEqual(['Error, Gagal\n', 1]);
    expect(untrusted.stderr).toBe(
      "(the server's certificate is not trusted (by a CA that is not known here): give its CA with --ca FILE)\n",
    );
    const plain = await chat(server.port, 'auth messi surabaya\n');
    expect(plain.stdout).toBe('Command :auth messi ********\nError, Gagal\n');
    expect(plain.stderr).toMatch(
      /^\(the server has closed the connection without a word: if it speaks TLS, /,
    );
  });

  test('Node’s own switch does not turn the check off', async () => {
    const server = await startServer({ args: tlsArgs() });
    const { stdout, stderr, code } = await runBenang(['chat', '--port', String(server.port), '--tls'], {
      env: cleanEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    });
    expect([stdout, code]).toEqual(['Error, Gagal\n', 1]);
    expect(stderr).toContain('is not trusted');
  });

  test('a CA file that is no good', async () => {
    const absent = await chat(1, '', '--ca', keyFile('absent.pem'));
    expect(absent.stderr).toMatch(
      /^benang: .*absent\.pem cannot be read \(ENOENT\); name the CA's certificate/,
    );
    const key = await chat(1, '', '--ca', keyFile('server-key.pem'));
    expect(key.stderr).toMatch(/^benang: .*server-key\.pem holds no certificate in PEM form; name/);
    expect([absent.code, key.code]).toEqual([1, 1]);
  });
});

// The pseudo-terminal comes from util-linux.
(process.platform === 'linux' ? describe : describe.skip)('chat on a terminal', () => {
  const open = (port: number) =>
    Pty.open(['chat', '--port', String(port)], cleanEnvironment({ TERM: 'xterm' }));

  test('prompts, completion, history, help, and Ctrl-D', async () => {
    const server = await startServer();
    const terminal = open(server.port);
    await terminal.shows('Command :');
    terminal.type('he\t');
    await terminal.shows('help ');
    terminal.type('\r');
    await terminal.shows('auth USER PASSWORD   log in');
    terminal.type('auth messi surabaya\r');
    await terminal.shows(/Command [0-9a-f-]{36}:/);
    terminal.type('send me\t');
    await terminal.shows('ssi ');
    terminal.type('halo\r');
    await terminal.shows('message sent to messi');
    terminal.type('\u001b[A\r');
    await terminal.shows('message sent to messi');
    terminal.type('\u0004');
    expect(await terminal.ended).toBe(0);
  });

  test('TLS that fails is explained, and connect tries again', async () => {
    const server = await startServer();
    const terminal = Pty.open(
      ['chat', '--port', String(server.port), '--tls'],
      cleanEnvironment({ TERM: 'xterm' }),
    );
    await terminal.shows(/Error, Gagal\r\n\(the server speaks no TLS: leave out --tls and --ca\)/);
    terminal.type('connect\r');
    await terminal.shows(/Error, Gagal\r\n\(the server speaks no TLS: leave out --tls and --ca\)/);
    terminal.type('\u0004');
    expect(await terminal.ended).toBe(0);
  });

  test('the server goes away, is said once, and a new one is connected to with the same login', async () => {
    const server = await startServer();
    const terminal = open(server.port);
    await terminal.shows('Command :');
    terminal.type('auth messi surabaya\r');
    await terminal.shows(/Command [0-9a-f-]{36}:/);
    terminal.type('inb');
    await server.kill();
    await terminal.shows('Error, Gagal');
    const again = await startServer({ data: server.data, args: ['--port', String(server.port)] });
    terminal.type('\u0015connect\r');
    await terminal.shows(`connected to 127.0.0.1:${again.port}`);
    terminal.type('inbox\r');
    await terminal.shows('(nothing new)');
    expect(terminal.seen().match(/Error, Gagal/g)).toHaveLength(1);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
  });
});
