import { refusals } from '../protocol/reply.ts';
import { NO_CUT } from '../protocol/request.ts';
import { ack } from './ack.ts';
import { addgroup } from './addgroup.ts';
import { auth } from './auth.ts';
import { block } from './block.ts';
import { blocks } from './blocks.ts';
import { chats } from './chats.ts';
import type { CheckedArguments, Command } from './command.ts';
import { deleteMessage } from './delete.ts';
import { edit } from './edit.ts';
import { getgroups } from './getgroups.ts';
import { history } from './history.ts';
import { inbox } from './inbox.ts';
import { inboxgroup } from './inboxgroup.ts';
import { joingroup } from './joingroup.ts';
import { leavegroup } from './leavegroup.ts';
import { listen } from './listen.ts';
import { logout } from './logout.ts';
import { members } from './members.ts';
import { online } from './online.ts';
import { passwd } from './passwd.ts';
import { post } from './post.ts';
import { profile } from './profile.ts';
import { register } from './register.ts';
import { search } from './search.ts';
import { send } from './send.ts';
import { sendgroup } from './sendgroup.ts';
import { sessions } from './sessions.ts';
import { status } from './status.ts';
import { unblock } from './unblock.ts';

/** Every command of the protocol. A new one is its own file, a line here, and its test. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    auth,
    send,
    inbox,
    online,
    logout,
    listen,
    ack,
    post,
    status,
    edit,
    deleteMessage,
    history,
    search,
    chats,
    addgroup,
    joingroup,
    leavegroup,
    sendgroup,
    inboxgroup,
    getgroups,
    members,
    block,
    unblock,
    blocks,
    register,
    passwd,
    profile,
    sessions,
  ].map((command) => [command.name, command]),
);

const names = [...commands.keys()];
const list = [...commands.values()];

/** A command's place in the list, and back: for records that hold numbers only. */
export const commandNumber = (name: string): number => names.indexOf(name);
export const commandNamed = (number: number): string => names[number] ?? 'unknown';

/** A request line that has been read: which command, by its number, and where its arguments are (see Command.cut); or the message that refuses it. */
export type CutRequest =
  | { readonly number: number; readonly cuts: readonly number[]; readonly large: boolean }
  | { readonly refusal: string };

const numbered = new Map(
  list.map((command, number) => [command.name, { command, number, large: command.large === true }]),
);
const UNKNOWN: CutRequest = { refusal: refusals.unknownCommand };
const MISSING: CutRequest = { refusal: refusals.missingArgument };

/**
 * What a request line asks for: the command's name is all before the first space. Words are separated by single spaces, so two spaces
 * have an empty word between them. Checks everything that needs no state.
 */
export function cutRequest(line: string): CutRequest {
  const space = line.indexOf(' ');
  const found = numbered.get(space === -1 ? line : line.slice(0, space));
  if (found === undefined) return UNKNOWN;
  const { command, number, large } = found;
  const cuts = command.cut(line, space === -1 ? NO_CUT : space + 1);
  return cuts === undefined ? MISSING : { number, cuts, large };
}

export type ParsedRequest =
  | { readonly command: string; readonly input: CheckedArguments }
  | { readonly refusal: string };

/** A cut request, with its line, as the main thread runs it. The cuts begin at `at` of what holds them. */
export function readRequest(line: string, number: number, cuts: ArrayLike<number>, at = 0): ParsedRequest {
  const command = list[number]!;
  return { command: command.name, input: command.read(line, cuts, at) };
}
