import type { Command } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { notes } from './commands/index.ts';
import { anywhere, declaredRefusals, errors, type RefusalName, wordsOf } from './errors.ts';
import { type EventNotes, events } from './events.ts';
import { limitTable } from './limits.ts';
import { block, code, sentence, table } from './markdown.ts';
import type { CommandNotes } from './notes.ts';
import { Placeholders } from './placeholders.ts';
import { bytes, compatibility, eventRules, introduction, numbersAndTimes } from './prose.ts';
import { fieldsOf } from './shape.ts';
import type { Exchange, Recording } from './speaker.ts';
import { wordTable } from './words.ts';

/** An error that all commands but so few can give is listed by those few. */
const MOST_LEFT_OUT = 3;

/** What the document says of a command. @throws Error, which says what to do, when nobody has written it down. */
export function notesOf(name: string): CommandNotes {
  const found = notes[name];
  if (found) return found;
  throw new Error(
    `docs/PROTOCOL.md knows nothing of ${name}: say in scripts/protocol/commands/ what it replies, let somebody show it in scripts/protocol/conversation.ts, and run npm run docs`,
  );
}

/** All errors that a command can give, but for those that any request can get. */
export const refusalsOf = (name: string): RefusalName[] => [
  ...(notesOf(name).refusals ?? []),
  ...declaredRefusals(commands.get(name)!),
];

/** docs/PROTOCOL.md, with what was said in the conversation as examples. */
export function makeDocument({ exchanges, events: heard }: Recording): string {
  const placeholders = new Placeholders();
  const shown = exchanges
    .filter(({ shown }) => shown)
    .map((exchange) => ({ ...exchange, reply: placeholders.in(exchange.reply) }));
  const chapters = [
    introduction,
    bytes,
    compatibility,
    '## Requests',
    wordTable(),
    commandTable(),
    numbersAndTimes,
    ...[...commands.values()].flatMap((command) =>
      commandChapter(
        command,
        shown.filter(({ request }) => request.split(' ')[0] === command.name),
      ),
    ),
    '## Events',
    'They come to connections that have said `listen`.',
    ...Object.entries(events).flatMap(([name, event]) => {
      const example = heard.find(({ event }) => JSON.parse(event).event === name);
      return eventChapter(name, event as EventNotes, placeholders.in(example?.event ?? ''));
    }),
    eventRules,
    '## Errors',
    'An error is `{"status": "ERROR", "message": M}`, and nothing was done. M is one of these, to the letter:',
    errorTable(),
    '## Limits',
    'What the operator can set, and a client can notice:',
    limitTable(),
  ];
  return `${chapters.join('\n\n')}\n`;
}

function commandTable(): string {
  return table(
    ['request', 'what it does'],
    [...commands.values()].map(({ name, usage, help }) => [`[${code(usage)}](#${name})`, help]),
  );
}

function commandChapter(command: Command, shown: readonly Exchange[]): string[] {
  const { reply, notes = [] } = notesOf(command.name);
  const words = refusalsOf(command.name).map((name) => code(wordsOf(name)));
  return [
    `### ${command.name}`,
    `${code(command.usage)}: ${command.help}.`,
    ...notes,
    block(...shown.flatMap(({ who, request, reply }) => [`${who}> ${request}`, reply])),
    fieldTable(reply),
    ...(words.length > 0 ? [`Its errors: ${words.join(', ')}.`] : []),
  ];
}

function eventChapter(name: string, { when, kept, fields }: EventNotes, example: string): string[] {
  const caughtUp = kept ? 'Caught up with by `since`.' : 'Told in passing, without a number of its own.';
  return [`### Event ${code(name)}`, `${sentence(when)} ${caughtUp}`, block(example), fieldTable(fields)];
}

/** Without the first one, which is the same in all. */
const fieldTable = (shape: Parameters<typeof fieldsOf>[0]): string =>
  table(
    ['field', 'is', 'means'],
    fieldsOf(shape)
      .slice(1)
      .map(({ path, type, meaning }) => [code(path), type, meaning]),
  );

function errorTable(): string {
  return table(
    ['M', 'when', 'commands'],
    (Object.keys(errors) as RefusalName[]).map((name) => [
      code(wordsOf(name)),
      errors[name].when,
      commandsRefusedWith(name),
    ]),
  );
}

function commandsRefusedWith(refusal: RefusalName): string {
  if (anywhere.includes(refusal)) return 'any';
  const all = [...commands.values()].map(({ name }) => name);
  const some = all.filter((name) => refusalsOf(name).includes(refusal));
  const others = all.filter((name) => !some.includes(name));
  if (others.length > MOST_LEFT_OUT) return some.map(code).join(', ');
  return `all but ${others.map(code).join(', ')}`;
}
