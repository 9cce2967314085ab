import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { tlsArgs, trusting } from '../support/keys.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/* Clients of other protocols, which a web page can make of a visitor's browser: nothing of what they carry is done. */

const body = 'auth messi surabaya\r\nregister Orang Asing orangasing rahasia\r\n';
const post = (line: string): string =>
  `${line}\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

async function accounts(data: string): Promise<string> {
  return (await runBenang(['user', 'list', '--data', data])).stdout;
}

describe.each([
  ['a thread for each', []],
  ['shared threads', ['--threads', '2']],
  ['TLS', tlsArgs()],
] as const)('HTTP, %s', (name, args) => {
  test('is told so and closed, and nothing in its body is done', async () => {
    const server = await startServer({ args: [...args, '--registration', 'open'] });
    const open = () => Wire.open(server.port, { tls: name === 'TLS' ? trusting : undefined });
    const requests = [
      post('POST / HTTP/1.1'),
      post('pOsT / hTTp/1.1').replaceAll('\r', ''),
      `x\r\n${post('auth / HTTP/1.0')}`,
    ];
    for (const request of requests) {
      const wire = await open();
      await wire.write(request);
      const answer = await wire.rest();
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*This is a chat server/s);
      expect(answer).not.toContain('"status"');
    }
    // The same in pieces: the line is whole only at the end, and the body comes behind the answer.
    const wire = await open();
    for (const piece of ['PO', 'ST / HTT', 'P/1.1\r', '\n']) await wire.write(piece);
    await wire.bytes(20);
    await wire.write(body);
    expect(await wire.rest()).not.toContain('"status"');
    const all = requests.length + 1;
    for (let number = 1; number <= all; number++) {
      await server.logged(`connection ${number} ended: the client spoke HTTP`);
    }
    const { dropped, threads } = await askServer(server.data, { command: 'status' });
    expect(dropped).toEqual({ 'the client spoke HTTP': all });
    expect(threads.reduce((sum, { queue }) => sum + queue, 0)).toBe(0);
    expect(await accounts(server.data)).not.toContain('orangasing');
    expect(server.log()).not.toContain('AUTH: ');
    const user = await open();
    expect(await user.login('messi')).toMatch(/^[0-9a-f-]{36}$/);
    await user.close();
    await server.stop();
  });
});

test('a browser shows the answer; HTTP/2 and TLS on a port without it are closed', async () => {
  const server = await startServer();
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body });
  expect([response.status, await response.text()]).toEqual([
    400,
    'This is a chat server. It does not speak HTTP: use a client of its own.\n',
  ]);
  const http2 = connectHttp2(`http://127.0.0.1:${server.port}`);
  await new Promise((resolve) => http2.once('error', resolve));
  const tls = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve) => tls.once('error', resolve));
  for (const [number, protocol] of ['HTTP', 'HTTP', 'TLS'].entries()) {
    await server.logged(`connection ${number + 1} ended: the client spoke ${protocol}`);
  }
  const { dropped } = await askServer(server.data, { command: 'status' });
  expect(dropped).toEqual({ 'the client spoke HTTP': 2, 'the client spoke TLS': 1 });
  await server.stop();
});

test('whoever speaks the protocol may say what they like', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  expect(await wire.ask(`send ${token} messi GET / HTTP/1.1`)).toMatchObject({ status: 'OK' });
  expect(await wire.ask('GET / HTTP/1.1')).toEqual({ status: 'ERROR', message: '**Protocol Tidak Benar' });
  expect(await wire.inbox(token)).toEqual(['GET / HTTP/1.1']);
  await wire.close();
  await server.stop();
});
