import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { notes } from '../../scripts/protocol/commands/index.ts';
import { playConversation } from '../../scripts/protocol/conversation.ts';
import { makeDocument, notesOf, refusalsOf } from '../../scripts/protocol/document.ts';
import { anywhere, refusalIn } from '../../scripts/protocol/errors.ts';
import { type EventNotes, events } from '../../scripts/protocol/events.ts';
import { faultIn, fieldsOf } from '../../scripts/protocol/shape.ts';
import type { Recording } from '../../scripts/protocol/speaker.ts';
import { meanings, wordsTaken } from '../../scripts/protocol/words.ts';
import { commands } from '../../src/commands/index.ts';
import { root } from '../support/program.ts';

const names = [...commands.keys()];
const commandIn = (request: string): string => request.split(' ')[0]!;

let said: Recording;
beforeAll(async () => {
  said = await playConversation();
});

test('docs/PROTOCOL.md is what the definitions and a conversation with a real server give', () => {
  const made = makeDocument(said).split('\n');
  const kept = readFileSync(join(root, 'docs/PROTOCOL.md'), 'utf8').split('\n');
  const line = made.findIndex((text, index) => text !== kept[index]);
  if (line < 0 && made.length === kept.length) return;
  throw new Error(
    `docs/PROTOCOL.md has drifted from the server: run npm run docs. In line ${line + 1} it says\n${kept[line]}\nand must say\n${made[line]}`,
  );
});

test.each(names)('%s is shown, and replies as it is documented, in every field', (name) => {
  const { reply: shape } = notesOf(name);
  const own = said.exchanges.filter(({ request }) => commandIn(request) === name);
  if (!own.some(({ shown }) => shown)) {
    throw new Error(`nobody shows ${name}: let somebody do so in scripts/protocol/conversation.ts`);
  }
  const replies = own.map(({ reply }) => JSON.parse(reply));
  const good = replies.filter(({ status }) => status === 'OK');
  for (const reply of good) expect([reply, faultIn(shape, reply)]).toEqual([reply, undefined]);
  expect(fieldsOf(shape, good)).toEqual(fieldsOf(shape));
  for (const { message } of replies.filter(({ status }) => status !== 'OK')) {
    expect([...refusalsOf(name), ...anywhere]).toContain(refusalIn(message));
  }
});

test.each(Object.entries(events) as [string, EventNotes][])(
  'the event %s comes as it is documented, in every field',
  (name, { fields }) => {
    const heard = said.events.map(({ event }) => JSON.parse(event)).filter(({ event }) => event === name);
    expect(heard).not.toEqual([]);
    for (const event of heard) expect([event, faultIn(fields, event)]).toEqual([event, undefined]);
    expect(fieldsOf(fields, heard)).toEqual(fieldsOf(fields));
  },
);

test('on each connection the numbers of events grow', () => {
  const byListener = Map.groupBy(said.events, ({ who }) => who);
  for (const heard of byListener.values()) {
    const ids = heard.flatMap(({ event }) => JSON.parse(event).id ?? []);
    expect(ids).toEqual([...new Set<number>(ids)].sort((a, b) => a - b));
  }
});

test('nothing is documented that is not there', () => {
  expect(Object.keys(notes).sort()).toEqual([...names].sort());
  expect(Object.keys(meanings).sort()).toEqual([...wordsTaken().keys()].sort());
  const kinds = said.events.map(({ event }) => JSON.parse(event).event);
  expect([...new Set(kinds)].sort()).toEqual(Object.keys(events).sort());
});
