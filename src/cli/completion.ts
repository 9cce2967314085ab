import { printableName } from '../printable.ts';
import { liveCommands } from './live/commands.ts';
import { commandNames } from './screen.ts';

/** What a line may be completed with. */
export interface Completable {
  /** Whether a conversation is open: its commands begin with a slash. */
  readonly inConversation: boolean;
  readonly users: readonly string[];
  /** With their `#`. */
  readonly groups: readonly string[];
}

const names = [...commandNames, 'register', ...Object.keys(liveCommands)];
const TAKES_USER = /^(send|chat|block|unblock) (\S*)$/;
const TAKES_GROUP = /^(group|joingroup|leavegroup|members) #?(\S*)$/;
const TAKES_EITHER = /^(history) (\S*)$/;

/** Whether users and groups are needed to complete this line. */
export const needsNames = (line: string, inConversation: boolean): boolean =>
  inConversation || line.includes(' ');

/** What may follow, and the part of the line that it stands for: a command, and behind it a user or a group; in a message a name. */
export function complete(line: string, { inConversation, users, groups }: Completable): [string[], string] {
  if (inConversation && !line.startsWith('/')) {
    const [, part] = /(?:^| )(\S*)$/.exec(line)!;
    // Nothing typed asks for nothing: everybody's name is no help.
    return part === '' ? [[], ''] : among(users, part!);
  }
  const command = inConversation ? line.slice(1) : line;
  if (!command.includes(' ')) {
    const more = inConversation ? ['leave', 'back'] : [];
    return among([...names, ...more], command);
  }
  const user = TAKES_USER.exec(command)?.[2];
  if (user !== undefined) return among(users, user);
  const group = TAKES_GROUP.exec(command)?.[2];
  if (group !== undefined)
    return among(
      groups.map((name) => name.slice(1)),
      group,
    );
  const either = TAKES_EITHER.exec(command)?.[2];
  return either === undefined ? [[], command] : among([...users, ...groups], either);
}

/** Names that a terminal cannot show as they are cannot be completed either. */
const among = (all: readonly string[], part: string): [string[], string] => [
  all.filter((name) => name.startsWith(part) && name === printableName(name)).map((name) => `${name} `),
  part,
];
