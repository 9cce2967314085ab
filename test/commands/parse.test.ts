import { expect, test } from '@jest/globals';
import { commands, parseRequest } from '../../src/commands/index.ts';

test.each([
  ['auth messi surabaya', { command: 'auth', input: { username: 'messi', password: 'surabaya' } }],
  ['auth messi surabaya ', { command: 'auth', input: { username: 'messi', password: 'surabaya' } }],
  ['auth messi surabaya extra', { command: 'auth', input: { username: 'messi', password: 'surabaya' } }],
  ['auth messi ', { command: 'auth', input: { username: 'messi', password: '' } }],
  ['auth messi', { refusal: '--Protocol Tidak Benar' }],
  ['auth', { refusal: '--Protocol Tidak Benar' }],
  ['AUTH messi surabaya', { refusal: '**Protocol Tidak Benar' }],
  ['', { refusal: '**Protocol Tidak Benar' }],
  [' ', { refusal: '**Protocol Tidak Benar' }],
  ['__proto__ x', { refusal: '**Protocol Tidak Benar' }],
  ['constructor', { refusal: '**Protocol Tidak Benar' }],
  ['inbox', { refusal: '--Protocol Tidak Benar' }],
  ['inbox ', { command: 'inbox', input: { token: '' } }],
  ['inbox T', { command: 'inbox', input: { token: 'T' } }],
  ['online', { command: 'online', input: {} }],
  ['online ', { command: 'online', input: { token: '' } }],
  ['online T', { command: 'online', input: { token: 'T' } }],
  ['logout', { refusal: '--Protocol Tidak Benar' }],
  ['send T lineker', { refusal: '--Protocol Tidak Benar' }],
  ['send T lineker  a  b ', { command: 'send', input: { token: 'T', username: 'lineker', text: 'a  b' } }],
  ['send T lineker a', { command: 'send', input: { token: 'T', username: 'lineker', text: 'a' } }],
  [
    'send T __proto__ constructor',
    { command: 'send', input: { token: 'T', username: '__proto__', text: 'constructor' } },
  ],
])('%j', (line, expected) => {
  expect(parseRequest(line)).toEqual(expected);
});

test('every command says how it is written and what it is for', () => {
  const usages = [...commands.values()].map(({ usage }) => usage);
  expect(usages).toEqual([
    'auth USERNAME PASSWORD',
    'send TOKEN USERNAME TEXT…',
    'inbox TOKEN',
    'online [TOKEN]',
    'logout TOKEN',
  ]);
  for (const { help } of commands.values()) expect(help).not.toBe('');
});
