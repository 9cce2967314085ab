import { expect, test } from '@jest/globals';
import { StandingReplies } from '../../src/threads/standing.ts';
import { Versions } from '../../src/threads/versions.ts';

const main = new Versions();
const thread = new Versions(main.memory);

function kept(lent = 60_000): StandingReplies {
  const replies = new StandingReplies(thread);
  replies.keep('inbox T', 'inbox T\r\n', 'nothing', { ...main.of(7), lent });
  return replies;
}

test('the same request gets the same reply until something of its version changes', () => {
  const changes = {
    account: () => main.accountChanged(7),
    presence: () => main.presenceChanged(),
  };
  for (const change of Object.values(changes)) {
    const replies = kept();
    expect(replies.find('inbox T')).toBe('nothing');
    expect(replies.find('inbox T\r\n')).toBe('nothing');
    expect(replies.find('inbox T ')).toBeUndefined();
    expect(replies.find('inbox T\n')).toBeUndefined();
    main.accountChanged(8);
    expect(replies.find('inbox T')).toBe('nothing');
    change();
    expect(replies.find('inbox T')).toBeUndefined();
    expect(replies.find('inbox T')).toBeUndefined();
  }
});

test('a change between the making of a reply and its coming here is noticed', () => {
  const replies = new StandingReplies(thread);
  const made = main.of(7);
  main.accountChanged(7);
  replies.keep('inbox T', undefined, 'nothing', { ...made, lent: 60_000 });
  expect(replies.find('inbox T')).toBeUndefined();
});

test('a reply stands no longer than it was lent', () => {
  expect(kept(0).find('inbox T')).toBeUndefined();
});

test('few replies are kept, and no long one', () => {
  const replies = kept();
  replies.keep('long', undefined, 'x'.repeat(100_000), { ...main.of(7), lent: 60_000 });
  expect(replies.find('long')).toBeUndefined();
  for (let request = 0; request < 10; request++)
    replies.keep(`request ${request}`, `request ${request}\n`, 'x', { ...main.of(7), lent: 60_000 });
  const found = Array.from({ length: 10 }, (_, request) => replies.find(`request ${request}`)).filter(
    Boolean,
  );
  expect(found.length).toBeLessThanOrEqual(4);
  expect(replies.find('request 9')).toBe('x');
});
