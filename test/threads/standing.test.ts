import { expect, test } from '@jest/globals';
import type { Standing } from '../../src/threads/messages.ts';
import { StandingReplies } from '../../src/threads/standing.ts';
import { Versions } from '../../src/threads/versions.ts';

const main = new Versions();
const thread = new Versions(main.memory);

const keep = (replies: StandingReplies, line: string, reply: string, standing: Standing): void => {
  // Only a part of the bytes is the reply, and they are used again for something else.
  const bytes = Buffer.from(`<${reply}>`);
  replies.keep(line, bytes, 1, 1 + reply.length, standing);
  bytes.fill('?');
};
const found = (replies: StandingReplies, line: string): string | undefined => replies.find(line)?.toString();

function kept(lent = 60_000): StandingReplies {
  const replies = new StandingReplies(thread);
  keep(replies, 'inbox T', 'nothing', { ...main.of(7), lent });
  return replies;
}

test('the same request gets the same reply until something of its version changes', () => {
  const changes = {
    account: () => main.accountChanged(7),
    presence: () => main.presenceChanged(),
  };
  for (const change of Object.values(changes)) {
    const replies = kept();
    expect(found(replies, 'inbox T')).toBe('nothing');
    expect(found(replies, 'inbox T ')).toBeUndefined();
    expect(found(replies, 'inbox T\n')).toBeUndefined();
    main.accountChanged(8);
    expect(found(replies, 'inbox T')).toBe('nothing');
    change();
    expect(found(replies, 'inbox T')).toBeUndefined();
    expect(found(replies, 'inbox T')).toBeUndefined();
  }
});

test('a change between the making of a reply and its coming here is noticed', () => {
  const replies = new StandingReplies(thread);
  const made = main.of(7);
  main.accountChanged(7);
  keep(replies, 'inbox T', 'nothing', { ...made, lent: 60_000 });
  expect(found(replies, 'inbox T')).toBeUndefined();
});

test('a reply stands no longer than it was lent', () => {
  expect(found(kept(0), 'inbox T')).toBeUndefined();
});

test('few replies are kept, and no long one', () => {
  const replies = kept();
  keep(replies, 'long', 'x'.repeat(100_000), { ...main.of(7), lent: 60_000 });
  expect(found(replies, 'long')).toBeUndefined();
  for (let request = 0; request < 10; request++)
    keep(replies, `request ${request}`, 'x', { ...main.of(7), lent: 60_000 });
  const all = Array.from({ length: 10 }, (_, request) => found(replies, `request ${request}`));
  expect(all.filter(Boolean).length).toBeLessThanOrEqual(4);
  expect(found(replies, 'request 9')).toBe('x');
});
