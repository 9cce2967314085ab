import { printable } from '../printable.ts';
import type { ChatSession, Outcome, ShowInbox } from './session.ts';

/** Makes the session: `print` shows a line of traffic, `onLost` is told when the server goes away by itself, and what is
 * known of why. Without `showInbox` an inbox is shown as in the brief. */
export type OpenSession = (
  print: (line: string) => void,
  onLost: (advice: string | undefined) => void,
  showInbox?: ShowInbox,
) => ChatSession;

export const commandHelp = `auth USER PASSWORD   log in
send USER MESSAGE    leave a message for a user
inbox                what has come since the last look
online               who is connected
logout               end the session
connect              connect again when the server has gone away
help                 show this
exit                 leave; so do Ctrl-D and Ctrl-C`;

export const commandNames = ['auth', 'send', 'inbox', 'online', 'logout', 'connect', 'help', 'exit'];

/** On a terminal. */
export const registerHelp = `register NAME COUNTRY USER PASSWORD [INVITE]
                     make an account, if the server lets you, and log in; a - in NAME or COUNTRY stands for a space`;

/** In a conversation, behind a slash. */
export const conversationHelp = `/leave, /back or Ctrl-D     leave the conversation
/COMMAND                    any other command; the conversation may be left out: /history, /members, /edit TEXT, /delete
//…                         a message that begins with a slash`;

/** Lines that hold a password: shown with the password masked. With a slash in a conversation. */
const SECRET = /^(\s*\/?(?:(?:auth|addgroup|joingroup)\s+\S+|register(?:\s+\S+){3}|passwd)\s+)\S.*$/;

export const maskSecret = (line: string): string => line.replace(SECRET, '$1********');
export const isSecret = (line: string): boolean => SECRET.test(line);

export const printLine = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** What was typed, shown again: into a file as it is. */
export const asTyped = (text: string): string => (process.stdout.isTTY ? printable(text) : text);

/** The line that shows what came of a command. */
export function showOutcome({ ok, text, reply }: Outcome, json: boolean): string {
  if (!json) return text;
  return printable(reply ?? JSON.stringify({ status: ok ? 'OK' : 'ERROR', message: text }));
}

/** What may help stands below the brief's own line; from a pipe it goes to stderr, so that stdout is as in the brief. */
export const showAdvice = (advice: string): string => `(${advice})`;
