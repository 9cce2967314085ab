import { expect, test } from '@jest/globals';
import type { Reply } from '../../src/protocol/reply.ts';
import { describeReply } from '../../src/server/describe-reply.ts';

const inbox = {
  status: 'OK',
  messages: new Map([['ann', [{ msg_from: 'Ann', msg_to: 'Bob', msg: 'private' }]]]),
} as const;

test('tokens never, texts only when asked for', () => {
  expect(describeReply({ status: 'OK', tokenid: 'secret' }, true, 50)).toBe(
    '{"status": "OK", "tokenid": "***"}',
  );
  expect(describeReply(inbox, false, 90)).toBe(
    '{"status": "OK", "messages": {"ann": [{"msg_from": "Ann", "msg_to": "Bob", "msg": "***"}]}}',
  );
  expect(describeReply(inbox, true, 90)).toContain('private');
});

test('a long reply is cut, and of what is beyond nothing is looked at', () => {
  const shown = describeReply({ status: 'OK', messages: 'x'.repeat(5000) }, true, 5030);
  expect(shown.length).toBeLessThan(550);
  expect(shown).toMatch(/… \(5030 bytes\)$/);
  let looked = 0;
  const messages = {
    *[Symbol.iterator]() {
      for (; looked < 10_000; looked++) yield [`name ${looked}`, []];
    },
  };
  Object.setPrototypeOf(messages, Map.prototype);
  const many = { status: 'OK', messages } as unknown as Reply;
  expect(describeReply(many, true, 200_000)).toMatch(/^\{"status": "OK", .*… \(200000 bytes\)$/);
  expect(looked).toBeLessThan(200);
});
