import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeldLine } from '../support/held-line.ts';
import { keyFile, testCa, tlsArgs, trusting } from '../support/keys.ts';
import { startServer, type TestServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const open = (port: number, tls: ConnectionOptions = {}) => Wire.open(port, { tls: { ...trusting, ...tls } });
const nameOf = (wire: Wire): string | undefined =>
  (wire.socket as TLSSocket).getPeerX509Certificate()?.subject.split('\n').at(-1);

describe('what is known to be received', () => {
  const texts = ['one', 'two', 'three'];
  let server: TestServer;
  let sender: Wire;
  let lineker: string;

  beforeEach(async () => {
    server = await startServer({ args: [...tlsArgs(), '--log-rate', '0'] });
    sender = await open(server.port);
    const messi = await sender.login('messi');
    lineker = await sender.login('lineker');
    for (const text of texts) await sender.ask(`send ${messi} lineker ${text}`);
  });

  async function look(wire: Wire): Promise<string[]> {
    const inbox = (await wire.ask(`inbox ${lineker}`)) as { messages: { messi: { msg: string }[] } };
    return inbox.messages.messi.map(({ msg }) => msg);
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('the next request proves it, %s', async (version) => {
    const wire = await open(server.port, { minVersion: version, maxVersion: version });
    expect(await look(wire)).toEqual(texts);
    await wire.ask('online');
    wire.reset();
    expect(await look(sender)).toEqual([]);
  });

  test.each<[string, (wire: Wire) => void]>([
    ['a close with close_notify, which Node does not tell from one without', (wire) => wire.socket.end()],
    ['a FIN without close_notify, which anyone on the way can forge', (wire) => wire.carrier.end()],
    ['a reset', (wire) => wire.reset()],
  ])('%s proves nothing', async (_name, leave) => {
    const wire = await open(server.port);
    expect(await look(wire)).toEqual(texts);
    leave(wire);
    await server.logged('connection 2 ended');
    expect(await look(sender)).toEqual(texts);
  });

  test.each([
    ['one request', 'online\r\n'],
    ['30,000 short requests', 'x\r\n'.repeat(30_000)],
    ['20 requests of 60 kB', `${'x'.repeat(60_000)}\r\n`.repeat(20)],
  ])('%s sent ahead prove nothing', async (_name, ahead) => {
    const wire = await open(server.port);
    wire.socket.write(`inbox ${lineker}\r\n${ahead}`);
    await wire.reply();
    wire.reset();
    await server.logged('connection 2 ended');
    expect(await look(sender)).toEqual(texts);
  });

  test.each([
    ['one byte of it', () => 1],
    ['a half', (size: number) => Math.floor(size / 2)],
    ['all but one byte', (size: number) => size - 1],
  ])('a record of which %s came before the reply proves nothing', async (_name, share) => {
    const line = new HeldLine(server.port);
    const wire = await Wire.secure(line, line.tcp, trusting);
    await wire.ask('online');
    line.hold();
    wire.socket.write(`inbox ${lineker}\r\n`);
    const first = line.heldBytes;
    wire.socket.write(`${'y'.repeat(100)}\r\n`);
    await wire.flushed();
    await line.release(first + share(line.heldBytes - first));
    expect(await wire.reply()).toContain('"three"');
    await line.release(line.heldBytes);
    await wire.reply();
    wire.reset();
    await server.logged('connection 2 ended');
    expect(await look(sender)).toEqual(texts);
  });
});

test('any cut of the encrypted bytes gives the same replies', async () => {
  const server = await startServer({ args: tlsArgs() });
  const requests = ['auth', 'online', 'nonsense', 'x'.repeat(20_000), 'inbox wrong'];
  const replies = async (pieces: number, each: boolean): Promise<string[]> => {
    const line = new HeldLine(server.port);
    line.pieces = pieces;
    const wire = await Wire.secure(line, line.tcp, trusting);
    const lines = requests.map((request) => `${request}\r\n`);
    for (const text of each ? lines : [lines.join('')]) wire.socket.write(text);
    const received = await wire.replies(requests.length);
    await wire.close();
    return received;
  };
  const whole = await replies(Number.POSITIVE_INFINITY, false);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 7, max: 3000 }), fc.boolean(), async (pieces, each) => {
      expect(await replies(pieces, each)).toEqual(whole);
    }),
    { numRuns: 10 },
  );
});

describe('closing', () => {
  test.each<[string, (wire: Wire) => void]>([
    ['with close_notify', (wire) => wire.socket.end()],
    ['with a FIN alone', (wire) => wire.carrier.end()],
  ])(
    'a client that sends everything, closes its side %s and then reads gets every reply',
    async (_name, end) => {
      const server = await startServer({ args: tlsArgs() });
      const wire = await Wire.open(server.port, { allowHalfOpen: true, tls: trusting });
      await wire.write('auth messi surabaya\r\nonline\r\nnonsense\r\n');
      end(wire);
      const replies = (await wire.rest()).split('\r\n\r\n').slice(0, -1);
      expect(replies.map((reply) => JSON.parse(reply).status)).toEqual(['OK', 'OK', 'ERROR']);
    },
  );

  test('replies are whole, however late the client reads them, and the server ends TLS in order', async () => {
    const server = await startServer({ args: tlsArgs() });
    const sender = await open(server.port);
    const token = await sender.login('messi');
    for (let sent = 0; sent < 15; sent++) await sender.ask(`send ${token} messi ${'\u0001'.repeat(60_000)}`);
    const wire = await Wire.open(server.port, { allowHalfOpen: true, tls: trusting });
    wire.socket.pause();
    // Two of the messages fit into a reply.
    wire.socket.end(`inbox ${token}\r\n`.repeat(8));
    await server.logged('INBOX');
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than the server lingers on a closed line
    wire.socket.resume();
    const replies = (await wire.rest()).split('\r\n\r\n').slice(0, -1);
    const messages = replies.flatMap((reply) => JSON.parse(reply).messages.messi);
    expect(replies).toHaveLength(8);
    expect(messages).toHaveLength(15);
  });

  test('a client that takes no replies is dropped, and its thread lives', async () => {
    const server = await startServer({ args: [...tlsArgs(), '--slow-timeout', '500ms', '--log-rate', '0'] });
    const wire = await open(server.port);
    wire.socket.on('error', () => {});
    const token = await wire.login('messi');
    for (let sent = 0; sent < 2; sent++) await wire.ask(`send ${token} messi ${'\u0001'.repeat(60_000)}`);
    wire.socket.pause();
    // 30 replies of 720 kB: more than the system keeps for a socket, and than a thread may keep.
    wire.socket.write(`history ${token} messi\r\n`.repeat(30));
    await server.logged('the client has taken no replies for 0.5 s');
    wire.socket.destroy();
    expect(server.log()).not.toContain(' died');
  });

  test('SIGTERM: what was asked is answered, handshakes that are under way are given up, exit code 0', async () => {
    const server = await startServer({ args: tlsArgs() });
    const silent = await Wire.open(server.port);
    const wire = await open(server.port);
    const token = await wire.login('messi');
    wire.socket.write(`send ${token} messi hi\r\n`.repeat(500));
    await wire.reply();
    const exit = server.stop();
    const replies = (await wire.rest()).split('\r\n\r\n');
    expect(replies.pop()).toBe('');
    expect(new Set(replies)).toEqual(new Set(['{"status": "OK", "message": "Message Sent"}']));
    expect(await silent.rest()).toBe('');
    expect(await exit).toBe(0);
  });
});

describe('the handshake', () => {
  let server: TestServer;
  let neighbour: Wire;

  beforeEach(async () => {
    server = await startServer({ args: [...tlsArgs(), '--handshake-timeout', '500ms', '--threads', '1'] });
    neighbour = await open(server.port);
  });

  /** The neighbour's thread is the same one. */
  async function nobodyNoticed(): Promise<void> {
    await neighbour.login('messi');
    expect(server.log()).not.toMatch(/ error | died/);
  }

  test.each<[string, string | Buffer, RegExp]>([
    ['a client that says nothing', '', /no TLS handshake within 0\.5 s/],
    ['half a ClientHello', Buffer.from('160301020001000', 'hex'), /no TLS handshake within 0\.5 s/],
    ['plain text', 'auth messi surabaya\r\n', /TLS: wrong version number/],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', /TLS: http request/],
    ['a record of garbage', Buffer.alloc(2000, Buffer.from('1603010100ff', 'hex')), /TLS: /],
  ])('%s gets nothing, is dropped, and no one else notices', async (_name, bytes, reason) => {
    const wire = await Wire.open(server.port);
    wire.socket.write(bytes);
    expect(await wire.rest()).not.toMatch(/[ -~]{4}/);
    await server.logged('connection 2 ended');
    expect(server.log()).toMatch(new RegExp(`info .*connection 2 ended: ${reason.source}`));
    await nobodyNoticed();
  });

  test('a byte now and then does not lengthen it', async () => {
    const wire = await Wire.open(server.port);
    const dripping = setInterval(() => wire.socket.write('\u0016'), 50);
    wire.socket.on('error', () => {});
    await server.logged('connection 2 ended');
    clearInterval(dripping);
    await nobodyNoticed();
  });

  test('a reset in the middle of it', async () => {
    const wire = await Wire.open(server.port);
    await wire.write(Buffer.from('160301020001000', 'hex'));
    // One that is reset before it is moved into a thread is not served.
    await server.logged('connection 2 from');
    wire.reset();
    await server.logged('connection 2 ended');
    await nobodyNoticed();
  });

  test('a FIN in the middle of it', async () => {
    const wire = await Wire.open(server.port);
    wire.socket.end(Buffer.from('160301020001000', 'hex'));
    expect(await wire.rest()).toBe('');
    await server.logged('connection 2 ended');
    await nobodyNoticed();
  });

  test('however it fails, no descriptor is left behind', async () => {
    const descriptors = (): number => readdirSync(`/proc/${server.pid}/fd`).length;
    const visit = async (): Promise<void> => (await open(server.port)).close();
    await visit();
    const before = descriptors();
    for (let round = 0; round < 20; round++) {
      for (const bytes of ['', 'plain\r\n', '\u0016\u0003\u0001']) {
        const wire = await Wire.open(server.port);
        await wire.write(bytes);
        wire.reset();
      }
    }
    while (descriptors() > before) await visit();
    await nobodyNoticed();
  });

  test('it may take its time behind it', async () => {
    await new Promise((resolve) => setTimeout(resolve, 700)); // longer than the handshake may take
    await nobodyNoticed();
  });

  test('garbage behind it ends the connection', async () => {
    const line = new HeldLine(server.port);
    const wire = await Wire.secure(line, line.tcp, trusting);
    wire.socket.on('error', () => {});
    line.tcp.write('garbage that no key has made, and more of it');
    await server.logged('connection 2 ended');
    expect(server.log()).toMatch(/connection 2 ended: TLS: /);
    await nobodyNoticed();
  });

  test.each([
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const)('%s is accepted: %s', async (version, accepted) => {
    const asked = open(server.port, {
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const outcome = await asked.then(
      (wire) => (wire.socket as TLSSocket).getProtocol(),
      (error) => error.code,
    );
    expect(outcome).toBe(accepted ? version : 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    await nobodyNoticed();
  });
});

test('a refusal above --max-connections goes through TLS too', async () => {
  const server = await startServer({ args: [...tlsArgs(), '--max-connections', '1'] });
  const first = await open(server.port);
  await first.login('messi');
  const second = await open(server.port);
  expect(await second.rest()).toBe(
    '{"status": "ERROR", "message": "Server is full, try again in a minute"}\r\n\r\n',
  );
});

describe('a new certificate on SIGHUP', () => {
  let folder: string;
  let server: TestServer;

  const install = (name: string): void => {
    copyFileSync(keyFile(`${name}.pem`), join(folder, 'cert.pem'));
    copyFileSync(keyFile(`${name}-key.pem`), join(folder, 'key.pem'));
  };

  beforeEach(async () => {
    folder = tempFolder();
    install('server');
    const args = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
    server = await startServer({ args });
  });

  test('is for new connections, in spare and in new threads; open ones go on', async () => {
    const before = await open(server.port);
    const token = await before.login('messi');
    expect(nameOf(before)).toBe('CN=first test server');
    install('renewed');
    process.kill(server.pid, 'SIGHUP');
    await server.logged('CN=renewed test server');
    // More than there were spare threads.
    for (let opened = 0; opened < 8; opened++) {
      const wire = await open(server.port);
      expect(nameOf(wire)).toBe('CN=renewed test server');
      await wire.ask('online');
    }
    expect(await before.ask(`online ${token}`)).toMatchObject({ status: 'OK' });
  });

  test.each<[string, () => void, string]>([
    [
      'a key of another one',
      () => copyFileSync(keyFile('renewed.pem'), join(folder, 'cert.pem')),
      'does not belong',
    ],
    ['no file', () => rmSync(join(folder, 'key.pem')), 'there is no such file'],
    [
      'half a file',
      () => writeFileSync(join(folder, 'cert.pem'), testCa.slice(0, 200)),
      'holds no certificate',
    ],
  ])('that is no good (%s) leaves the old one', async (_name, spoil, reason) => {
    const before = await open(server.port);
    spoil();
    process.kill(server.pid, 'SIGHUP');
    await server.logged(reason);
    expect(server.log()).toMatch(/error .*the TLS certificate stays as it was: .*\n/);
    expect(server.log()).not.toContain('PRIVATE KEY');
    expect(nameOf(await open(server.port))).toBe('CN=first test server');
    await before.login('messi');
    install('renewed');
    process.kill(server.pid, 'SIGHUP');
    await server.logged('CN=renewed test server');
    expect(nameOf(await open(server.port))).toBe('CN=renewed test server');
  });
});

describe('beyond loopback', () => {
  const warning = 'without TLS anyone on the way to 0.0.0.0 can read passwords and messages';

  test('a server without TLS says so, once', async () => {
    const server = await startServer({ args: ['--host', '0.0.0.0'] });
    await Wire.open(server.port);
    await server.logged('connection 1');
    expect(server.log().split(warning)).toHaveLength(2);
  });

  test('one with TLS does not, nor one on loopback', async () => {
    const secure = await startServer({ args: ['--host', '0.0.0.0', ...tlsArgs()] });
    const local = await startServer({ args: ['--host', 'localhost'] });
    expect(secure.log() + local.log()).not.toContain('without TLS');
  });
});
