import { accept } from '../../client/client.ts';
import { readers } from '../../client/readers.ts';
import type { Outcome } from '../session.ts';
import { done, type LiveCommand, type Typed } from './command.ts';

/** A request of which nothing but success is to be told. */
const tell =
  (command: string, success: string) =>
  async ({ live, words }: Typed): Promise<Outcome> => {
    await live.ask(async (chat) => accept(await chat.request([command, chat.token, ...words].join(' '))));
    return done(success);
  };

/** One's own account, and where it is logged in. */
export const accountCommands: Readonly<Record<string, LiveCommand>> = {
  passwd: {
    usage: 'passwd OLD NEW',
    help: 'change your password; your other sessions end',
    least: 2,
    run: tell('passwd', 'your password is changed'),
  },
  profile: {
    usage: 'profile NAME COUNTRY',
    help: 'change your full name and country; a - stands for a space',
    least: 2,
    run: tell('profile', 'your name and country are changed'),
  },
  sessions: {
    usage: 'sessions',
    help: 'where you are logged in; logout SESSION ends one of them, logout all ends all',
    least: 0,
    async run({ live, lines }) {
      const sessions = await live.ask(async (chat) => {
        return readers.sessions(accept(await chat.request(`sessions ${chat.token}`)));
      });
      return done(lines.sessions(sessions), sessions);
    },
  },
};
