import * as z from 'zod';
import { integer, readSettings } from '../settings.ts';
import type { Subcommand } from '../subcommand.ts';
import { tlsOptions, tlsSettings } from '../tls-settings.ts';
import { liveHelp } from './live/commands.ts';
import { chatOnPipe } from './pipe.ts';
import { asTyped, commandHelp, conversationHelp, type OpenSession, registerHelp } from './screen.ts';
import { ChatSession } from './session.ts';
import { chatOnTerminal } from './terminal.ts';

const REPLY_TIMEOUT_MS = 30_000;

const chatSettings = z.object({
  host: z
    .string()
    .min(1, 'must not be empty')
    .default('127.0.0.1')
    .meta({ value: 'HOST', description: 'the server' }),
  port: integer(1, 65535).default(8889).meta({ value: 'PORT', description: 'its TCP port' }),
  ...tlsSettings,
  trace: z
    .boolean()
    .default(false)
    .meta({ description: 'show the traffic, as the original client does', flagOnly: true }),
  json: z
    .boolean()
    .default(false)
    .meta({ description: 'print each reply as one line of JSON and no prompts', flagOnly: true }),
});

const indent = (text: string): string => text.replace(/^/gm, '  ');

export const chat: Subcommand = {
  settings: chatSettings,
  intro: `Chats on a server: type a command behind the prompt. Lines from a pipe work too; the exit code is then 0 when
all went well and 1 when not:

  printf 'auth messi surabaya\\nonline\\n' | benang chat

Commands:
${indent(commandHelp)}

On a terminal the arrow keys bring back what was typed, Tab completes commands, users and groups, and there is another command:
${indent(registerHelp)}

Once you have logged in there, what is sent to you appears above the line that you are typing, the prompt tells how much is unread, and
there is more:
${indent(liveHelp)}

In a conversation, which chat and group open, each line that you type is a message, what is shown is read, and these are commands:
${indent(conversationHelp)}

When the connection is lost it is made again, after growing waits. What was missed is shown then, and what was typed in a
conversation meanwhile is sent, once. With --json what happens is shown too: each event as one line of JSON.`,

  async run(args) {
    const { host, port, trace, json, ...rest } = readSettings(chatSettings, args, process.env);
    const tls = tlsOptions(rest);
    const server = { host, port, tls, timeout: REPLY_TIMEOUT_MS };
    const open: OpenSession = (print, onLost, showInbox) => {
      const shown = trace ? (line: string) => print(asTyped(line)) : undefined;
      return new ChatSession(server, shown, onLost, showInbox);
    };
    return process.stdin.isTTY ? chatOnTerminal(open, server, json) : chatOnPipe(open, json);
  },
};
