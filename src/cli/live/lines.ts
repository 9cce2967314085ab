import type { ChatEvent } from '../../client/event-queue.ts';
import type {
  ChatEntry,
  GroupEntry,
  Message,
  OwnSession,
  ReceivedMessage,
  UserDetail,
} from '../../client/replies.ts';
import { columnsOf } from '../../columns.ts';
import { shownFullName } from '../../names/shown-name.ts';
import { printable, printableName } from '../../printable.ts';
import { nameColour, type Paint } from '../paint.ts';

/** A message, from a list or from an event. */
export type Shown = Pick<Message, 'id' | 'from' | 'to' | 'group' | 'msg' | 'sent_at'> &
  Partial<Pick<Message, 'read_at' | 'edited_at' | 'deleted_at'>>;

type EventOf<Name extends ChatEvent['event']> = Extract<ChatEvent, { readonly event: Name }>;

/** Unread messages are counted up to so many by the server. */
const MOST_COUNTED = 1000;

/** Whom a message belongs to a conversation with, for `me`: a username or `#group`. */
export const conversationOf = (
  me: string,
  { from, to, group }: Pick<Shown, 'from' | 'to' | 'group'>,
): string => (group !== null ? `#${group}` : from === me ? to! : from);

export const counted = (unread: number): string =>
  unread < MOST_COUNTED ? `${unread}` : `${MOST_COUNTED - 1}+`;

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const clock = (at: number): string => {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
};

/**
 * What is said and what happens as lines for a person, with local times, and a line of its own where the day changes. Whatever comes
 * from others is made harmless for the terminal.
 */
export class Lines {
  readonly #paint: Paint;
  #day: string;

  /** `now`: what is shown first belongs to this day unless it says so. */
  constructor(paint: Paint, now = Date.now()) {
    this.#paint = paint;
    this.#day = dayFormat.format(now);
  }

  name(name: string): string {
    return this.#paint(nameColour(name), printableName(name));
  }

  note(text: string): string {
    return this.#paint('dim', printable(text));
  }

  rule(text: string): string {
    return this.note(`── ${text} ──`);
  }

  /** Several lines. `here`: the conversation that all of them are in, which need not be told then. `unread`: so many of the last from others are new. */
  messages(messages: readonly Shown[], me: string, here?: string, unread = 0): string {
    const others = messages.filter(({ from }) => from !== me);
    const first = unread > 0 ? others.at(-Math.min(unread, others.length)) : undefined;
    return messages
      .flatMap((message) => [
        ...(message === first ? [this.rule(`${counted(unread)} unread`)] : []),
        this.message(message, me, here),
      ])
      .join('\n');
  }

  /** `here`: the conversation that the reader is in. */
  message(message: Shown, me: string, here?: string): string {
    const { from, msg, sent_at: at, edited_at: edited, deleted_at: deleted } = message;
    const text = deleted
      ? this.note('(deleted)')
      : `${printable(msg)}${edited ? this.note(' (edited)') : ''}`;
    return this.#line(
      at,
      `${this.#who(message, me, here)}: ${text}${from === me ? this.#mark(message) : ''}`,
    );
  }

  /** A message of one's own that is not stored yet. */
  waiting(message: Omit<Shown, 'id'>, here?: string): string {
    const { from, msg, sent_at: at } = message;
    const note = this.note('  … not sent yet');
    return this.#line(at, `${this.#who(message, from, here)}: ${printable(msg)}${note}`);
  }

  edited(event: EventOf<'edited'>, me: string, here?: string): string {
    const who = this.#who(event, me, here);
    return this.#line(event.edited_at, `${who}: ${printable(event.msg)}${this.note(' (edited)')}`);
  }

  /** `sentAt`: when the message had been sent, if that is known. */
  deleted(event: EventOf<'deleted'>, me: string, here?: string, sentAt?: number): string {
    const what = this.note(
      `deleted ${sentAt === undefined ? 'a message' : `what was sent at ${clock(sentAt)}`}`,
    );
    return this.#line(event.deleted_at, `${this.#who(event, me, here)} ${what}`);
  }

  read({ by, read_at: at }: EventOf<'read'>): string {
    return this.#line(at, this.note(`✓✓ ${printableName(by)} has read it`));
  }

  presence({ username, online }: EventOf<'presence'>, at: number): string {
    return this.#line(at, this.note(`${printableName(username)} ${online ? 'is here' : 'has gone'}`));
  }

  /** What an inbox holds, a line for each message: anybody may give themselves any full name, so the username comes first. */
  inbox(messages: Readonly<Record<string, readonly ReceivedMessage[]>>): string {
    return Object.entries(messages)
      .flatMap(([username, all]) =>
        all.map(({ msg_from: fullName, msg }) => {
          const who = `${this.name(username)} ${this.note(`(${shownFullName(fullName)})`)}`;
          return `${who}: ${printable(msg)}`;
        }),
      )
      .join('\n');
  }

  chats(chats: Readonly<Record<string, ChatEntry>>): string {
    return this.#table(chats, ({ unread, members }) => [
      unread > 0 ? this.#paint('bold', `${counted(unread)} unread`) : this.note('nothing new'),
      ...(members === undefined ? [] : [this.note(`${members} ${members === 1 ? 'member' : 'members'}`)]),
    ]);
  }

  groups(groups: Readonly<Record<string, GroupEntry>>): string {
    return this.chats(Object.fromEntries(Object.entries(groups).map(([name, entry]) => [`#${name}`, entry])));
  }

  members(members: Readonly<Record<string, UserDetail>>): string {
    return this.#table(members, ({ nama, negara }) => [
      this.note(`${shownFullName(nama)}, ${shownFullName(negara)}`),
    ]);
  }

  sessions(sessions: Readonly<Record<string, OwnSession>>): string {
    const when = (at: number): string => `${shortDay.format(at)} ${clock(at)}`;
    return Object.entries(sessions)
      .map(([id, { started_at: started, used_at: used, connected, current }]) => {
        const parts = [
          ...(started === null ? [] : [`since ${when(started)}`]),
          `used ${when(used)}`,
          ...(connected ? ['connected'] : []),
        ];
        return `${printable(id)}  ${this.note(parts.join(', '))}${current ? this.#paint('bold', ' (this one)') : ''}`;
      })
      .join('\n');
  }

  names(names: readonly string[]): string {
    return names.map((name) => this.name(name)).join('\n');
  }

  #table<T>(entries: Readonly<Record<string, T>>, cells: (entry: T) => string[]): string {
    const longest = Math.max(0, ...Object.keys(entries).map((name) => columnsOf(printableName(name))));
    return Object.entries(entries)
      .map(([name, entry]) => {
        const padding = ' '.repeat(longest - columnsOf(printableName(name)));
        return `${this.name(name)}${padding}  ${cells(entry).join(this.note(', '))}`;
      })
      .join('\n');
  }

  #who(message: Pick<Shown, 'from' | 'to' | 'group'>, me: string, here: string | undefined): string {
    const { from, to, group } = message;
    const who = from === me ? this.#self(me) : this.name(from);
    if (here === conversationOf(me, message)) return who;
    return `${who} → ${this.name(group === null ? to! : `#${group}`)}`;
  }

  #self(me: string): string {
    return this.#paint('bold', this.name(me));
  }

  /** Of one's own message: how far it has come, and its number, for `edit` and `delete`. */
  #mark({ id, read_at: read, deleted_at: deleted }: Shown): string {
    return deleted ? '' : this.note(`  ${read ? '✓✓' : '✓'} ${id}`);
  }

  #line(at: number, text: string): string {
    const day = dayFormat.format(at);
    const line = `${this.note(clock(at))} ${text}`;
    if (day === this.#day) return line;
    this.#day = day;
    return `${this.rule(day)}\n${line}`;
  }
}
