import { ConnectionLostError, RefusedError } from '../../client/client.ts';
import { printable, printableName } from '../../printable.ts';
import { refusals } from '../../protocol/reply.ts';
import { failure, failures, type Outcome } from '../session.ts';
import { accountCommands } from './account-commands.ts';
import { done, groupName, type LiveCommand, type Typed } from './command.ts';
import { counted, type Lines } from './lines.ts';
import type { Live } from './live.ts';
import { peopleCommands } from './people-commands.ts';

const NUMBER = /^\d{1,15}$/;

const HINT = '(each line is a message now; /help tells more, Ctrl-D leaves)';

/** What is unread and not shown. */
const older = ({ live, lines }: Pick<Typed, 'live' | 'lines'>): readonly string[] =>
  live.older > 0 ? [lines.note(`(${counted(live.older)} older ones are unread: /history)`)] : [];

async function enter({ live, lines }: Typed, other: string): Promise<Outcome> {
  const { messages, unread } = await live.enter(other);
  const shown = [
    lines.rule(printableName(other)),
    ...older({ live, lines }),
    ...(messages.length > 0 ? [lines.messages(messages, live.me, other, unread)] : []),
    ...(live.opened === 1 ? [lines.note(HINT)] : []),
  ];
  return done(shown.join('\n'), messages);
}

/** The message that a number stands for, or else the last one of one's own in the conversation. */
async function ownMessage({ live, here }: Typed, word: string | undefined): Promise<number | Outcome> {
  if (word !== undefined) return Number(word);
  if (here === undefined)
    return failure(failures.missingArgument, 'outside of a conversation it needs the number of the message');
  const last = await live.lastOwn(here);
  return (
    last?.id ?? failure('Error, Message not found', `you have sent nothing to ${printableName(here)} lately`)
  );
}

/** Conversations, and what is said in them. */
const talkCommands: Readonly<Record<string, LiveCommand>> = {
  chat: {
    usage: 'chat USER',
    help: 'talk to a user: each line that you type is a message',
    least: 1,
    run: (typed) => enter(typed, typed.words[0]!),
  },
  group: {
    usage: 'group GROUP',
    help: 'talk in a group that you are a member of',
    least: 1,
    run: (typed) => enter(typed, `#${groupName(typed.words[0]!)}`),
  },
  chats: {
    usage: 'chats',
    help: 'what is unread, and your groups',
    least: 0,
    async run({ live, lines }) {
      const chats = await live.ask((chat) => chat.chats());
      return done(lines.chats(chats) || lines.note('(nothing is unread, and you are in no group)'), chats);
    },
  },
  history: {
    usage: 'history USER|#GROUP [N]',
    help: 'the last N messages, 50 unless told; in a conversation first what is older and unread',
    least: 1,
    leastHere: 0,
    async run({ live, lines, words, here }) {
      const [first, second] = words;
      const isHere =
        here !== undefined && (first === undefined || (second === undefined && NUMBER.test(first)));
      const other = isHere ? here : first!;
      const count = isHere ? first : second;
      if (count !== undefined && !NUMBER.test(count)) return failure(failures.missingArgument);
      if (isHere && count === undefined && live.older > 0) {
        const messages = await live.showOlder();
        return done(
          [...older({ live, lines }), lines.messages(messages, live.me, other)].join('\n'),
          messages,
        );
      }
      const limit = count === undefined ? undefined : Number(count);
      const messages = await live.ask((chat) => chat.history(other, { limit }));
      return done(lines.messages(messages, live.me, other) || lines.note('(nothing)'), messages);
    },
  },
  search: {
    usage: 'search WORDS',
    help: 'the last messages in which all these words are',
    least: 1,
    async run({ live, lines, rest }) {
      const messages = await live.ask((chat) => chat.search(rest(0)));
      const shown = [lines.messages(messages, live.me) || lines.note('(nothing)')];
      if (messages.notSearched)
        shown.unshift(lines.note('(there are older messages that were not searched)'));
      return done(shown.join('\n'), messages);
    },
  },
  edit: {
    usage: 'edit [NUMBER] TEXT',
    help: 'correct a message of yours: the one with that number, or the last one here',
    least: 2,
    leastHere: 1,
    async run(typed) {
      const { live, words, rest } = typed;
      const numbered = NUMBER.test(words[0]!) && words.length > 1;
      const id = await ownMessage(typed, numbered ? words[0] : undefined);
      if (typeof id !== 'number') return id;
      await live.ask((chat) => chat.edit(id, rest(numbered ? 1 : 0)));
      return done(`message ${id} is corrected`);
    },
  },
  delete: {
    usage: 'delete [NUMBER]',
    help: 'take back a message of yours',
    least: 1,
    leastHere: 0,
    async run(typed) {
      const [word] = typed.words;
      if (word !== undefined && !NUMBER.test(word)) return failure(failures.missingArgument);
      const id = await ownMessage(typed, word);
      if (typeof id !== 'number') return id;
      await typed.live.ask((chat) => chat.delete(id));
      return done(`message ${id} is deleted`);
    },
  },
};

export const liveCommands: Readonly<Record<string, LiveCommand>> = {
  ...talkCommands,
  ...peopleCommands,
  ...accountCommands,
};

export const liveHelp = Object.values(liveCommands)
  .map(({ usage, help }) => `${usage.padEnd(28)}${help}`)
  .join('\n');

const adviceFor = (message: string, group: string): string | undefined => {
  if (message === refusals.noSuchGroup) return `make it: addgroup ${group}`;
  if (message === refusals.notMember) return `become a member: joingroup ${group}`;
  return undefined;
};

/** Runs one of these commands. `line` is as typed, without a slash. */
export async function runLive(live: Live, lines: Lines, line: string): Promise<Outcome> {
  const [name = '', ...words] = line.trimEnd().split(' ');
  const command = liveCommands[name]!;
  if (!live.begun) return failure(failures.notAuthorized);
  const { here } = live;
  const least = (here === undefined ? undefined : command.leastHere) ?? command.least;
  if (words.length < least || words.slice(0, least).includes('')) return failure(failures.missingArgument);
  const rest = (behind: number): string => line.slice([name, ...words.slice(0, behind)].join(' ').length + 1);
  try {
    return await command.run({ live, lines, words, rest, here });
  } catch (error) {
    if (error instanceof ConnectionLostError) return failure(failures.unreachable, error.advice);
    if (!(error instanceof RefusedError)) throw error;
    const { message } = error;
    return failure(`Error, ${printable(message)}`, adviceFor(message, groupName(words[0] ?? here ?? '')));
  }
}
