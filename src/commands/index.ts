import { refusals } from '../protocol/reply.ts';
import { cutCommand } from '../protocol/request.ts';
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

/** A command's place in the list, and back: for records that hold numbers only. */
export const commandNumber = (name: string): number => names.indexOf(name);
export const commandNamed = (number: number): string => names[number] ?? 'unknown';

export type ParsedRequest =
  | { readonly command: string; readonly input: CheckedArguments }
  | { readonly refusal: string };

/** Whether the reply to a request line may be long. */
export const mayBeLarge = (line: string): boolean => commands.get(cutCommand(line).name)?.large === true;

/** What a request line asks for, or the message that refuses it. Checks everything that needs no state. */
export function parseRequest(line: string): ParsedRequest {
  const { name, rest } = cutCommand(line);
  const command = commands.get(name);
  if (!command) return { refusal: refusals.unknownCommand };
  const input = command.parse(rest);
  return input ? { command: name, input } : { refusal: refusals.missingArgument };
}
