import { expect, test } from '@jest/globals';
import { describeReply } from '../../src/server/describe-reply.ts';

const inbox = {
  status: 'OK',
  messages: new Map([['ann', [{ msg_from: 'Ann', msg_to: 'Bob', msg: 'private' }]]]),
} as const;

test('tokens never, texts only when asked for', () => {
  expect(describeReply({ status: 'OK', tokenid: 'secret' }, true)).toBe('{"status": "OK", "tokenid": "***"}');
  expect(describeReply(inbox, false)).toBe(
    '{"status": "OK", "messages": {"ann": [{"msg_from": "Ann", "msg_to": "Bob", "msg": "***"}]}}',
  );
  expect(describeReply(inbox, true)).toContain('private');
});

test('a long reply is cut', () => {
  const shown = describeReply({ status: 'OK', messages: 'x'.repeat(5000) }, true);
  expect(shown.length).toBeLessThan(550);
  expect(shown).toMatch(/… \(5\d+ bytes\)$/);
});
