import * as z from 'zod/mini';
import { type Command, number, text } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { code, table } from './markdown.ts';

/** What the words of a request mean, by the names that the commands give them: one word for one thing. */
export const meanings: Readonly<Record<string, string>> = {
  username: 'a user',
  password: "an account's or a group's password",
  token: 'the token of a session, which `auth` gave',
  text: 'a message',
  with: 'a conversation: a user, or a group as `#GROUP`',
  id: 'the number of a message',
  key: "a word of the client's choice that marks a message",
  words: 'words to look for',
  group: 'a group, without `#`',
  since: 'the number of the last event that was heard',
  incarnation: 'what `listen` was answered with before that event',
  before: 'the number of a message',
  after: 'a username',
  limit: 'how many at the most',
  session: "a session's public id, or `all`",
  name: 'a full name, with `-` for each space',
  country: 'a country, with `-` for each space',
  invite: 'an invite, which an operator gave',
  old: 'the password so far',
  new: 'the password from then on',
};

/** By its name, what each word of a request is: all that the commands take. */
export function wordsTaken(): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const command of commands.values()) {
    for (const [name, type] of Object.entries({ ...command.arguments, ...command.options })) {
      kinds.set(name, kindOf(type));
    }
  }
  return kinds;
}

export function wordTable(): string {
  return table(
    ['word', 'is', 'means'],
    [...wordsTaken()].map(([name, kind]) => [code(name.toUpperCase()), kind, meaningOf(name)]),
  );
}

function meaningOf(name: string): string {
  const meaning = meanings[name];
  if (meaning === undefined) {
    throw new Error(`docs/PROTOCOL.md does not say what ${name} means: say so in scripts/protocol/words.ts`);
  }
  return meaning;
}

function kindOf(type: Command['arguments'][string]): string {
  const inner = type instanceof z.ZodMiniOptional ? type.def.innerType : type;
  if (inner === text) return 'text, to the end of the line';
  return inner === number ? 'number' : 'word';
}
