import { expect, test } from '@jest/globals';
import { commands } from '../../src/commands/index.ts';
import { parseRequest } from '../support/parse-request.ts';

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
  ['logout T', { command: 'logout', input: { token: 'T' } }],
  ['logout T ', { command: 'logout', input: { token: 'T', session: '' } }],
  ['logout T all ', { command: 'logout', input: { token: 'T', session: 'all' } }],
  ['register A B c', { refusal: '--Protocol Tidak Benar' }],
  [
    'register A B c d',
    { command: 'register', input: { name: 'A', country: 'B', username: 'c', password: 'd' } },
  ],
  [
    'register A B c d e f',
    { command: 'register', input: { name: 'A', country: 'B', username: 'c', password: 'd', invite: 'e' } },
  ],
  ['passwd T old', { refusal: '--Protocol Tidak Benar' }],
  ['passwd T old new ', { command: 'passwd', input: { token: 'T', old: 'old', new: 'new' } }],
  ['profile T A', { refusal: '--Protocol Tidak Benar' }],
  ['send T lineker', { refusal: '--Protocol Tidak Benar' }],
  ['send T lineker  a  b ', { command: 'send', input: { token: 'T', username: 'lineker', text: 'a  b' } }],
  ['send T lineker a', { command: 'send', input: { token: 'T', username: 'lineker', text: 'a' } }],
  [
    'send T __proto__ constructor',
    { command: 'send', input: { token: 'T', username: '__proto__', text: 'constructor' } },
  ],
  ['listen T', { command: 'listen', input: { token: 'T' } }],
  ['listen T ', { command: 'listen', input: { token: 'T' } }],
  ['listen T since 5', { command: 'listen', input: { token: 'T', since: 5 } }],
  ['listen T since 5 ', { command: 'listen', input: { token: 'T', since: 5 } }],
  ['listen T since', { refusal: '--Protocol Tidak Benar' }],
  ['listen T since x', { refusal: '--Protocol Tidak Benar' }],
  ['listen T since -1', { refusal: '--Protocol Tidak Benar' }],
  ['listen T since 1234567890123456', { refusal: '--Protocol Tidak Benar' }],
  ['listen T until 5', { command: 'listen', input: { token: 'T' } }],
  [
    'history T ann limit 3 before 9',
    { command: 'history', input: { token: 'T', with: 'ann', limit: 3, before: 9 } },
  ],
  ['history T ann nonsense 3 before 9', { command: 'history', input: { token: 'T', with: 'ann' } }],
  ['ack T 7', { command: 'ack', input: { token: 'T', id: 7 } }],
  ['ack T seven', { refusal: '--Protocol Tidak Benar' }],
  ['ack T 7 with #lab', { command: 'ack', input: { token: 'T', id: 7, with: '#lab' } }],
  ['edit T 7  two  words ', { command: 'edit', input: { token: 'T', id: 7, text: 'two  words' } }],
])('%j', (line, expected) => {
  expect(parseRequest(line)).toEqual(expected);
});

test.each([
  ['auth', 'auth USERNAME PASSWORD'],
  ['online', 'online [TOKEN] [after N]'],
  ['send', 'send TOKEN USERNAME TEXT…'],
  ['ack', 'ack TOKEN ID [with WORD]'],
  ['history', 'history TOKEN WITH [before N] [limit N]'],
])('the usage of %s', (name, usage) => {
  expect(commands.get(name)!.usage).toBe(usage);
});

test('every command says what it is for', () => {
  for (const { help } of commands.values()) expect(help).not.toBe('');
});
