import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const error = (message: string) => ({ status: 'ERROR', message });

test('connections from one address: one more is told so and closed, and when one ends there is room', async () => {
  const server = await startServer({ args: ['--max-per-address', '2'] });
  const [first] = await Promise.all([Wire.open(server.port), Wire.open(server.port)]);
  await first.ask('online');
  const third = await Wire.open(server.port);
  expect(JSON.parse(await third.reply())).toEqual(
    error('Too many connections from your address, close some first'),
  );
  await third.rest();
  const { refused } = await askServer(server.data, { command: 'status' });
  expect(refused).toMatchObject({ 'Too many connections from your address, close some first': 1 });
  await first.close();
  await server.logged('ended: closed, 1 requests');
  expect(await (await Wire.open(server.port)).login('messi')).toMatch(/^[0-9a-f-]{36}$/);
});

test('requests a second: what is over is refused in its turn, and later requests are served again', async () => {
  const server = await startServer({ args: ['--max-rate', '5'] });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  const asked = 10;
  await wire.write(`inbox ${token}\r\n`.repeat(asked));
  const replies: string[] = [];
  while (replies.length < asked) replies.push(JSON.parse(await wire.reply()).status);
  expect(replies.slice(0, 4)).toEqual(Array(4).fill('OK'));
  expect(replies.slice(4)).toContain('ERROR');
  const { refused } = await askServer(server.data, { command: 'status' });
  expect(refused['Too many requests, slow down']).toBe(replies.filter((status) => status === 'ERROR').length);
  // Nothing was lost on the way: a neighbour and, with a token again, the client itself are served.
  expect(await (await Wire.open(server.port)).login('lineker')).toMatch(/^[0-9a-f-]{36}$/);
  let reply = await wire.ask(`inbox ${token}`);
  while (reply.status === 'ERROR') reply = await wire.ask(`inbox ${token}`);
  expect(reply).toEqual({ status: 'OK', messages: {} });
});

test('a full inbox refuses messages until it is read', async () => {
  const server = await startServer({ args: ['--max-unread', '2'] });
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  const send = () => wire.ask(`send ${token} messi halo`);
  await send();
  await send();
  expect(await send()).toEqual(error('Inbox of this user is full, try again later'));
  await wire.ask(`inbox ${token}`);
  expect(await send()).toMatchObject({ status: 'OK' });
});

test('sessions of one user: all in use, one more is refused; unused ones give way', async () => {
  const server = await startServer({ args: ['--max-sessions', '2'] });
  const first = await Wire.open(server.port);
  await first.login('messi');
  const token = await first.login('messi');
  expect(await first.ask('auth messi surabaya')).toEqual(error('Too many sessions, log out of one first'));
  await first.close();
  const second = await Wire.open(server.port);
  expect(await second.login('messi')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await second.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
});

test('who does not log in, and who asks nothing, is dropped; who is at work is not', async () => {
  const server = await startServer({ args: ['--login-timeout', '3s', '--idle-timeout', '4s'] });
  const stranger = await Wire.open(server.port);
  const user = await Wire.open(server.port);
  await user.login('messi');
  let gone = false;
  const ended = stranger.rest().then(() => {
    gone = true;
  });
  // One byte now and then is no request.
  while (!gone) {
    stranger.socket.write('o', () => {});
    await user.ask('online');
  }
  await ended;
  expect(await user.ask('online')).toMatchObject({ status: 'OK' });
  await user.rest();
  await server.logged('no request came for 4 s');
  const { dropped } = await askServer(server.data, { command: 'status' });
  expect(dropped).toEqual({ 'nobody logged in for N s': 1, 'no request came for N s': 1 });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the kernel asks after a silent client in time', async () => {
  const server = await startServer({ args: ['--dead-after', '20s'] });
  const wire = await Wire.open(server.port);
  await wire.ask('online');
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .find(
      ([, local, remote]) =>
        local?.endsWith(hex(server.port)) && remote?.endsWith(hex(wire.socket.localPort!)),
    );
  // proc(5): timer 2 is keepalive; then when it is due, in hundredths of a second.
  const [timer, due] = line![5]!.split(':');
  expect(timer).toBe('02');
  expect(Number.parseInt(due!, 16)).toBeLessThanOrEqual(10 * 100);
});
