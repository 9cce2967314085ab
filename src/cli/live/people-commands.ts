import type { Chat } from '../../client/chat.ts';
import { printableName } from '../../printable.ts';
import type { Outcome } from '../session.ts';
import { done, groupName, type LiveCommand, type Typed } from './command.ts';

/** What is done to a group, which may be left out in it, or to a user. */
const doTo =
  (act: (chat: Chat, name: string, password?: string) => Promise<void>, say: (name: string) => string) =>
  async ({ live, words, here }: Typed): Promise<Outcome> => {
    const name = groupName(words[0] ?? here ?? '');
    await live.ask((chat) => act(chat, name, words[1]));
    return done(say(printableName(name)));
  };

/** Groups, and who is in them; who is blocked. */
export const peopleCommands: Readonly<Record<string, LiveCommand>> = {
  groups: {
    usage: 'groups',
    help: 'your groups',
    least: 0,
    async run({ live, lines }) {
      const groups = await live.ask((chat) => chat.groups());
      return done(lines.groups(groups) || lines.note('(you are in no group: addgroup makes one)'), groups);
    },
  },
  members: {
    usage: 'members GROUP',
    help: 'who is in a group of yours',
    least: 1,
    leastHere: 0,
    async run({ live, lines, words, here }) {
      const members = await live.ask((chat) => chat.members(groupName(words[0] ?? here!)));
      for (const name of Object.keys(members)) live.names.add(name);
      return done(lines.members(members), members);
    },
  },
  addgroup: {
    usage: 'addgroup GROUP [PASSWORD]',
    help: 'make a group; with a password, who joins needs it',
    least: 1,
    run: doTo(
      (chat, name, password) => chat.addGroup(name, password),
      (name) => `group ${name} is made, and you are in it: group ${name}`,
    ),
  },
  joingroup: {
    usage: 'joingroup GROUP [PASSWORD]',
    help: 'become a member',
    least: 1,
    run: doTo(
      (chat, name, password) => chat.joinGroup(name, password),
      (name) => `you are in group ${name}: group ${name}`,
    ),
  },
  leavegroup: {
    usage: 'leavegroup GROUP',
    help: 'be a member no longer',
    least: 1,
    leastHere: 0,
    async run(typed) {
      const outcome = await doTo(
        (chat, name) => chat.leaveGroup(name),
        (name) => `you have left group ${name}`,
      )(typed);
      if (typed.here === `#${groupName(typed.words[0] ?? typed.here ?? '')}`) typed.live.leave();
      return outcome;
    },
  },
  block: {
    usage: 'block USER',
    help: 'see nothing more from a user; they do not learn of it',
    least: 1,
    run: doTo(
      (chat, name) => chat.block(name),
      (name) => `${name} is blocked`,
    ),
  },
  unblock: {
    usage: 'unblock USER',
    help: 'see it again',
    least: 1,
    run: doTo(
      (chat, name) => chat.unblock(name),
      (name) => `${name} is blocked no longer`,
    ),
  },
  blocks: {
    usage: 'blocks',
    help: 'whom you have blocked',
    least: 0,
    async run({ live, lines }) {
      const names = await live.ask((chat) => chat.blocks());
      return done(lines.names(names) || lines.note('(nobody)'), names);
    },
  },
};
