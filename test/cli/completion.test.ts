import { expect, test } from '@jest/globals';
import { complete, needsNames } from '../../src/cli/completion.ts';

const known = { users: ['messi', 'lineker', 'l\u001b[2J'], groups: ['#lab', '#line'] };
const outside = (line: string) => complete(line, { inConversation: false, ...known });
const inside = (line: string) => complete(line, { inConversation: true, ...known });

test('commands, users and groups', () => {
  expect(outside('ch')).toEqual([['chat ', 'chats '], 'ch']);
  expect(outside('au')).toEqual([['auth '], 'au']);
  expect(outside('chat l')).toEqual([['lineker '], 'l']);
  expect(outside('send m')).toEqual([['messi '], 'm']);
  expect(outside('group l')).toEqual([['lab ', 'line '], 'l']);
  expect(outside('history #l')).toEqual([['#lab ', '#line '], '#l']);
  expect(outside('history ')[0]).toEqual(['messi ', 'lineker ', '#lab ', '#line ']);
  expect(outside('send messi l')[0]).toEqual([]);
});

test('in a conversation commands have a slash, and names are completed within a message', () => {
  expect(inside('/le')).toEqual([['leavegroup ', 'leave '], 'le']);
  expect(inside('/chat l')).toEqual([['lineker '], 'l']);
  expect(inside('did you ask l')).toEqual([['lineker '], 'l']);
  expect(inside('chat l')).toEqual([['lineker '], 'l']);
  expect(inside('did ')[0]).toEqual([]);
  expect(inside('')[0]).toEqual([]);
});

test('names are asked for only when they are needed', () => {
  expect(needsNames('ch', false)).toBe(false);
  expect(needsNames('chat ', false)).toBe(true);
  expect(needsNames('he', true)).toBe(true);
});
