import * as z from 'zod';
import { integer, readSettings } from '../settings.ts';
import type { Subcommand } from '../subcommand.ts';
import { tlsOptions, tlsSettings } from '../tls-settings.ts';
import { chatOnPipe } from './pipe.ts';
import { commandHelp, type OpenSession } from './screen.ts';
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

export const chat: Subcommand = {
  settings: chatSettings,
  intro: `Chats on a server: type a command behind the prompt. On a terminal there are history (arrow keys) and
completion (Tab). Lines from a pipe work too; the exit code is then 0 when all went well and 1 when not:

  printf 'auth messi surabaya\\nonline\\n' | benang chat

Commands:
${commandHelp.replace(/^/gm, '  ')}`,

  async run(args) {
    const { host, port, trace, json, ...rest } = readSettings(chatSettings, args, process.env);
    const tls = tlsOptions(rest);
    const open: OpenSession = (print, onLost) =>
      new ChatSession({ host, port, tls, timeout: REPLY_TIMEOUT_MS }, trace ? print : undefined, onLost);
    return process.stdin.isTTY ? chatOnTerminal(open, json) : chatOnPipe(open, json);
  },
};
