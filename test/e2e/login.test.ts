import { expect, test } from '@jest/globals';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

test('who guesses a password is refused without a look at it, on every connection, and nobody else is', async () => {
  const server = await startServer();
  const guesser = await Wire.open(server.port);
  for (let guess = 0; guess < 5; guess++) {
    expect(await guesser.ask(`auth messi guess${guess}`)).toMatchObject({ message: 'Password Salah' });
  }
  const refusal = { status: 'ERROR', message: 'Too many failed logins, try again in 1 s' };
  expect(await guesser.ask('auth messi surabaya')).toEqual(refusal);
  const neighbour = await Wire.open(server.port);
  expect(await neighbour.login('lineker')).toMatch(/^[0-9a-f-]{36}$/);
});

test('guesses asked for all at once are still checked one after the other', async () => {
  const server = await startServer();
  const wires = await Promise.all(Array.from({ length: 20 }, () => Wire.open(server.port)));
  const replies = await Promise.all(wires.map((wire, guess) => wire.ask(`auth messi guess${guess}`)));
  const looked = replies.filter(({ message }) => message === 'Password Salah');
  expect(looked.length).toBeLessThan(10);
  expect(looked.length).toBeGreaterThanOrEqual(5);
});
