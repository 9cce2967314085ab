import {
  both,
  byName,
  type Check,
  isCount,
  isFlag,
  isText,
  isTime,
  isToken,
  listOf,
  oneOf,
  orNothing,
  orNull,
  shapeOf,
} from './checks.ts';
import { ProtocolError } from './errors.ts';
import { INCARNATION, type Place } from './place.ts';
import type {
  ChatEntry,
  FoundMessages,
  GroupEntry,
  Message,
  MessageStatus,
  OnlineSession,
  OwnSession,
  ReceivedMessage,
  ServerReply,
  UserDetail,
} from './replies.ts';

/** @throws ProtocolError when the reply does not carry what belongs to it. */
export type Reader<T> = (body: ServerReply['body']) => T;

const field =
  <T>(key: string, check: Check<T>): Reader<T> =>
  (body) => {
    const value = body[key];
    if (check(value)) return value;
    throw new ProtocolError(`it sends a reply without a right "${key}"`);
  };

const isIncarnation = both(isText, (word) => INCARNATION.test(word));
const since = field('since', isCount);
/** A server of an older version tells none. */
const incarnation = field('incarnation', orNothing(isIncarnation));

const messages = <T>(check: Check<T>): Reader<T> => field('messages', check);

const messageChecks = {
  id: isCount,
  from: isText,
  to: orNull(isText),
  group: orNull(isText),
  msg: isText,
  sent_at: isTime,
  read_at: orNull(isTime),
  edited_at: orNull(isTime),
  deleted_at: orNull(isTime),
};
const toOne = ({ to, group }: Message): boolean => (to === null) !== (group === null);
const isMessage = both(shapeOf<Message>(messageChecks), toOne);
const listedIn = messages(listOf(isMessage));
const found = (listed: Message[], notSearched: unknown): FoundMessages =>
  isCount(notSearched) && notSearched > 0 ? Object.assign(listed, { notSearched }) : listed;
const isStatus = both(
  shapeOf<MessageStatus>({
    ...messageChecks,
    state: oneOf('stored', 'delivered', 'read', 'deleted'),
    members: orNothing(isCount),
    delivered: orNothing(isCount),
    read: orNothing(isCount),
  }),
  toOne,
);
const isUserDetail = shapeOf<UserDetail>({ nama: isText, negara: isText });

/** The list of who is online is long, and one that has not changed is the same object: it is looked at once. */
const looked = new WeakSet<object>();
const isOnline = byName(shapeOf<OnlineSession>({ username: isText, userdetail: isUserDetail }));
const isOnlineOnce: typeof isOnline = (value): value is Record<string, OnlineSession> => {
  if (looked.has(value as object)) return true;
  if (!isOnline(value)) return false;
  looked.add(value);
  return true;
};

const membersOf = messages(byName(isUserDetail));

/** Some members of a group, and whether there are others. */
interface MemberPage {
  readonly page: Record<string, UserDetail>;
  readonly more: boolean;
}

const onlineOf = messages(isOnlineOnce);

/** Some of the sessions that are online; `next` is there when others come behind them. */
export interface OnlinePage {
  readonly page: Record<string, OnlineSession>;
  readonly more: number;
  readonly next: number | undefined;
}

/** Without `more` when all are shown, and from a server of an older version. */
function readOnline(body: ServerReply['body']): OnlinePage {
  const { more, next } = body;
  return {
    page: onlineOf(body),
    ...(isCount(more) && isCount(next) ? { more, next } : { more: 0, next: undefined }),
  };
}

/** What is asked for in each reply. */
export const readers = {
  /** Nothing but that it was done. */
  done: (() => {}) as Reader<void>,
  token: field('tokenid', isToken),
  id: field('id', isCount),
  /** Where events begin. `sure` is false when the server cannot tell whether something was missed. */
  place: ((body) => ({
    number: since(body),
    incarnation: incarnation(body),
    sure: body.sure !== false,
  })) as Reader<Place & { readonly sure: boolean }>,
  status: messages(isStatus),
  list: listedIn,
  found: ((body) => found(listedIn(body), body.not_searched)) as Reader<FoundMessages>,
  chats: messages(byName(shapeOf<ChatEntry>({ unread: isCount, members: orNothing(isCount) }))),
  online: readOnline,
  groups: messages(byName(shapeOf<GroupEntry>({ members: isCount, unread: isCount }))),
  /** Without `more` from a server of an older version, which shows all at once. */
  members: ((body) => ({ page: membersOf(body), more: body.more === true })) as Reader<MemberPage>,
  names: messages(listOf(isText)),
  sessions: messages(
    byName(
      shapeOf<OwnSession>({
        started_at: orNull(isTime),
        used_at: isTime,
        connected: isFlag,
        current: isFlag,
      }),
    ),
  ),
  inbox: messages(
    byName(listOf(shapeOf<ReceivedMessage>({ msg_from: isText, msg_to: isText, msg: isText }))),
  ),
} as const;
