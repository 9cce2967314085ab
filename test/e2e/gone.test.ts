import { describe, expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { tlsArgs, trusting } from '../support/keys.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

/* Clients that are gone before they are served: they leave every queue, and nobody waits for them. */

const modes = [
  ['a thread for each', []],
  ['shared threads', ['--threads', '2']],
  ['TLS', tlsArgs()],
] as const;

test('no thread is started for clients that were gone before they had one', async () => {
  const server = await startServer({ args: ['--spare-threads', '0'] });
  // The kernel takes the connections, and the server sees them all at once when it goes on.
  process.kill(server.pid, 'SIGSTOP');
  const count = 200;
  for (let number = 0; number < count; number++) {
    const wire = await Wire.open(server.port);
    await wire.write('auth messi surabaya\r\n');
    wire.reset();
  }
  const newcomer = await Wire.open(server.port);
  process.kill(server.pid, 'SIGCONT');
  expect(await newcomer.login('lineker')).toMatch(/^[0-9a-f-]{36}$/);
  const { dropped, threads, open } = await askServer(server.data, { command: 'status' });
  expect(dropped).toEqual({ 'the client was gone before it had a thread': count });
  expect(open).toBe(1);
  expect(threads).toHaveLength(1);
  await newcomer.close();
  await server.stop();
});

describe.each(modes)('%s', (name, args) => {
  const open = (port: number, options = {}) =>
    Wire.open(port, { ...options, tls: name === 'TLS' ? trusting : undefined });

  test('who resets leaves at once, however many logins are before theirs; who only closes their sending side is answered', async () => {
    const server = await startServer({ args });
    const patient = await open(server.port, { allowHalfOpen: true });
    const crowd = await Promise.all(Array.from({ length: 20 }, () => open(server.port)));
    for (const wire of crowd) await wire.write('auth messi surabaya\r\n'.repeat(5));
    await patient.write('auth lineker surabaya\r\nonline\r\n');
    patient.socket.end();
    for (const wire of crowd) wire.reset();
    const replies = (await patient.rest()).split('\r\n\r\n');
    expect(replies).toHaveLength(3);
    expect(JSON.parse(replies[0]!)).toMatchObject({ status: 'OK' });
    expect(replies[1]).toContain('"lineker"');
    const newcomer = await open(server.port);
    const token = await newcomer.login('messi');
    // What was begun when its client left was perhaps finished, and nothing else.
    const { messages } = await newcomer.ask(`sessions ${token}`);
    expect(Object.keys(messages as object).length).toBeLessThan(crowd.length);
    await newcomer.close();
    expect(await server.stop()).toBe(0);
    expect(server.log()).not.toMatch(/ error /);
  });
});
