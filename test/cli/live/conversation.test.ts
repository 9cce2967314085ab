import { expect, test } from '@jest/globals';
import { Conversation } from '../../../src/cli/live/conversation.ts';
import type { HistoryOptions } from '../../../src/client/options.ts';
import type { ChatEntry, Message } from '../../../src/client/replies.ts';

const ME = 'lineker';
const settled = () => new Promise((resolve) => setImmediate(resolve));

const message = (id: number, more: Partial<Message> = {}): Message => ({
  id,
  from: 'messi',
  to: ME,
  group: null,
  msg: `${id}`,
  sent_at: id,
  read_at: null,
  edited_at: null,
  deleted_at: null,
  ...more,
});

const upTo = (count: number, of: (id: number) => Message = message) =>
  Array.from({ length: count }, (_, index) => of(index + 1));

/** A server with one conversation. `atOnce`: no reply lists more. */
function server(messages: Message[], other = 'messi', chats?: Record<string, ChatEntry>, atOnce = 200) {
  const acks: number[] = [];
  const waits: Promise<void>[] = [];
  let unread = messages.filter(({ from, read_at }) => from !== ME && read_at === null).length;
  return {
    acks,
    waits,
    async history(_with: string, { before = Number.POSITIVE_INFINITY, limit = 50 }: HistoryOptions = {}) {
      await Promise.all(waits);
      return messages.filter(({ id }) => id < before).slice(-Math.min(limit, atOnce));
    },
    async chats() {
      return chats ?? { [other]: { unread: Math.min(unread, 1000) } };
    },
    async ack(id: number) {
      acks.push(id);
      unread = 0;
    },
  };
}

/** Opens it and shows what it says. */
async function open(chat: ReturnType<typeof server>, other = 'messi') {
  let read = 0;
  const conversation = new Conversation(other, ME, chat, () => {
    read += 1;
  });
  const opened = await conversation.open(chat);
  expect(chat.acks).toEqual([]);
  conversation.shown();
  await settled();
  return { conversation, ids: opened.messages.map(({ id }) => id), ...opened, read: () => read };
}

const event = (id: number) => ({ event: 'message', ...message(id) }) as const;

test('the last messages, and all that are unread, are shown before they count as read', async () => {
  for (const count of [0, 5, 20, 21, 200, 201, 999]) {
    const before = upTo(500, (id) => message(id, { read_at: 1 }));
    const chat = server([...before, ...upTo(count, (id) => message(500 + id))]);
    const { ids, unread, conversation } = await open(chat);
    expect(unread).toBe(count);
    expect(ids.length).toBeGreaterThanOrEqual(Math.max(20, count));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => 501 + count - ids.length + index));
    expect(chat.acks).toEqual([500 + count]);
    expect(conversation.older).toBe(0);
  }
});

test('replies that are cut, and messages of one’s own between, hide nothing', async () => {
  const messages = upTo(90, (id) => message(id, id > 30 ? { from: ME, to: 'messi' } : {}));
  const chat = server(messages, 'messi', undefined, 15);
  const { ids } = await open(chat);
  expect(ids).toEqual(messages.map(({ id }) => id));
  expect(chat.acks).toEqual([90]);
});

test('more than can be shown at once: nothing counts as read until the rest was shown too', async () => {
  const count = 2500;
  for (const other of ['messi', '#lab']) {
    const chat = server(
      upTo(count, (id) => message(id, other === '#lab' ? { to: null, group: 'lab' } : {})),
      other,
    );
    const { ids, conversation, read } = await open(chat, other);
    expect(ids.at(-1)).toBe(count);
    expect(conversation.older).toBeGreaterThan(0);
    expect(conversation.take(event(count + 1))).toBe(true);
    await settled();
    expect(chat.acks).toEqual([]);
    while (conversation.older > 0) {
      ids.unshift(...(await conversation.showOlder(chat)).map(({ id }) => id));
      conversation.shown();
    }
    expect(ids).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    await settled();
    expect([chat.acks, read()]).toEqual([[count + 1], 1]);
  }
});

test('one that was deleted does not say that what is before it was read', async () => {
  const messages = upTo(40, (id) => message(id, id === 35 ? { msg: '', read_at: 1, deleted_at: 1 } : {}));
  const { ids } = await open(server(messages, 'messi', { messi: { unread: 39 } }));
  expect(ids).toEqual(messages.map(({ id }) => id));
});

test('where the server has stopped to count, a message that was read says that those before it were', async () => {
  const chats = { henderson: { unread: 1000 } };
  const read = upTo(300, (id) => message(id, { read_at: 1 }));
  const few = server([...read, ...upTo(30, (id) => message(300 + id))], 'messi', chats);
  expect((await open(few)).ids).toHaveLength(40);
  expect(few.acks).toEqual([330]);
});

test('what comes while it is opened is shown behind, once', async () => {
  const messages = upTo(3);
  const chat = server(messages);
  const opening = Promise.withResolvers<void>();
  chat.waits.push(opening.promise);
  const conversation = new Conversation('messi', ME, chat, () => {});
  const opened = conversation.open(chat);
  messages.push(message(4));
  expect([4, 5].map((id) => conversation.take(event(id)))).toEqual([false, false]);
  opening.resolve();
  const { held } = await opened;
  expect(held.map(({ id }) => id)).toEqual([5]);
  conversation.shown();
  expect(conversation.take(event(6))).toBe(true);
  await settled();
  expect(chat.acks).toEqual([5, 6]);
});

test('a count of a group that may have ended early is not taken for all', async () => {
  const group = (id: number) => message(id, { to: null, group: 'lab' });
  for (const [chats, shown] of [
    [{ '#lab': { unread: 30 } }, 40],
    [{ '#lab': { unread: 590 } }, 600],
    [{ '#a': { unread: 3000 }, '#lab': { unread: 20 } }, 600],
  ] as const) {
    const chat = server(upTo(600, group), '#lab', chats);
    expect((await open(chat, '#lab')).ids).toHaveLength(shown);
    expect(chat.acks).toEqual([600]);
  }
});
