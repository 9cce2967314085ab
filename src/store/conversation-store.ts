import { queryOf } from '../words/query.ts';
import type { AccountTable } from './accounts.ts';
import type { ChangeTable } from './changes.ts';
import {
  type Audience,
  type ChangeOutcome,
  type Conversation,
  type ConversationEntry,
  type ConversationStore,
  groupOf,
  type Happening,
  type ListenerPlace,
  type Message,
  type MessageStatus,
  type Missed,
  type NotPosted,
  type NotThere,
  type Post,
} from './conversations.ts';
import type { Deliveries } from './deliveries.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Group } from './group-memory.ts';
import type { GroupReading } from './group-reading.ts';
import { type Counting, type GroupViews, NO_RECEIPTS, type Receipts } from './group-views.ts';
import type { GroupTable } from './groups.ts';
import type { History, Missing } from './history.ts';
import { type InboxTable, NO_SENDERS, type UnreadSenders } from './inboxes.ts';
import type { Incarnations } from './incarnations.ts';
import type { Indexing } from './indexing.ts';
import type { KeyTable } from './keys.ts';
import { type MessageLog, type MessageRow, type PendingRow, toMessage } from './message-log.ts';
import type { Reader } from './reader.ts';
import type { Filling } from './search/filling.ts';
import type { SearchResult } from './search/hits.ts';
import type { Search, SearchState } from './search/search.ts';
import type { Words } from './search/words.ts';
import type { Account, NewMessage } from './store.ts';
import { OURS } from './turns.ts';

/** What it is made of. */
export interface ConversationParts {
  readonly group: GroupCommit;
  readonly log: MessageLog;
  readonly incarnations: Incarnations;
  readonly keys: KeyTable;
  readonly accounts: AccountTable;
  readonly inboxes: InboxTable;
  readonly reader: Reader;
  readonly groups: GroupTable;
  readonly reading: GroupReading;
  readonly views: GroupViews;
  readonly history: History;
  readonly changes: ChangeTable;
  readonly words: Words;
  readonly search: Search;
  readonly indexing: Indexing;
  readonly filling: Filling;
  readonly deliveries: Deliveries;
  /** See SqliteStoreOptions. */
  readonly onHappening: (happening: Happening) => void;
}

/** So many users one account may block. */
export const MOST_BLOCKED = 10_000;

type Unaddressed = Omit<Post, 'to'>;

interface Outcome<T> {
  readonly value: T;
  readonly happening?: Happening | undefined;
}

/** The conversations in an open database. */
export class SqliteConversations implements ConversationStore {
  readonly #parts: ConversationParts;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  post(post: Post): Promise<number | NotPosted> {
    const { groups } = this.#parts;
    const name = groupOf(post.to);
    return this.#withRoom('post', post.sender, post.sentAt, () =>
      name === undefined
        ? this.#append('post', post, () => this.#toUser(post, post.to))
        : this.#append(
            'post',
            post,
            () => this.#toGroup(post, name),
            () => groups.load(name),
          ),
    );
  }

  /** As `post`, to a user, whatever they are called. */
  postToUser(message: NewMessage): Promise<number | NotPosted> {
    return this.#append('send', message, () => this.#toUser(message, message.recipient));
  }

  place(since: number | undefined, incarnation: string | undefined): Promise<ListenerPlace> {
    const { group, log, incarnations } = this.#parts;
    return group.read('listen', OURS, () => {
      const { last } = log;
      const { word } = incarnations;
      const asked = since ?? last;
      // A number beyond the last was given by another database.
      const place =
        incarnation === undefined
          ? { since: asked, sure: asked <= last }
          : incarnations.place(asked, incarnation);
      return { since: Math.min(place.since, last), incarnation: word, sure: place.sure };
    });
  }

  async missed(account: number, after: number, take: (missed: Missed) => void): Promise<void> {
    await this.#parts.group.inPieces<Missing | undefined, Missed>('missed', account, {
      writes: false,
      start: undefined,
      run: (state) => this.#parts.history.missed(account, after, state),
      told: (piece) => {
        if ('done' in piece) take(piece.done);
      },
    });
  }

  history(
    account: Account,
    conversation: Conversation,
    before: number,
    limit: number,
  ): Promise<readonly Message[] | NotThere> {
    const { group, history } = this.#parts;
    return group.read('history', account.id, () => {
      const other = this.#find(account, conversation);
      if (typeof other === 'string') return other;
      if (typeof other === 'number') return history.between(account.id, other, before, limit);
      return history.inGroup(other, this.#parts.groups.joinedAfter(other, account.id)!, before, limit);
    });
  }

  search({ id }: Account, text: string, limit: number): Promise<SearchResult> {
    const { group, search } = this.#parts;
    const query = queryOf(text);
    return group.inPieces<SearchState, SearchResult>('search', id, {
      writes: false,
      start: undefined,
      run: (state) => search.step(id, query, limit, state),
    });
  }

  async acknowledge(
    account: Account,
    upTo: number,
    at: number,
    conversation?: Conversation,
  ): Promise<'done' | NotThere> {
    const { reader, groups } = this.#parts;
    return reader.markRead<'done' | NotThere>('ack', account, { upTo, at }, () => {
      const only = conversation === undefined ? undefined : this.#find(account, conversation);
      if (typeof only === 'string') return { instead: only };
      if (only === undefined) groups.markAllRead(account, upTo);
      if (typeof only !== 'object') return only;
      groups.markRead(only.id, account, upTo);
      return { instead: 'done' };
    });
  }

  async status(account: Account, id: number): Promise<MessageStatus | undefined> {
    const { group, views, accounts, deliveries } = this.#parts;
    await deliveries.write().catch(() => {});
    return group.inPieces<Receipts, MessageStatus | undefined>('status', account.id, {
      writes: false,
      start: NO_RECEIPTS,
      run: (receipts) => {
        const row = this.#sentBy(account, id);
        if (!row) return { done: undefined };
        const message = toMessage(row);
        if (row.groupId === null) {
          const arrived = accounts.delivered(row.recipient!) >= row.id;
          return { done: { message, state: stateOf(message, undefined, arrived), counts: undefined } };
        }
        const piece = views.receipts(row.groupId, row.id, account.id, receipts);
        if ('next' in piece) return piece;
        const { members, delivered, read } = piece.done;
        const counts = { members, delivered, read };
        return { done: { message, state: stateOf(message, counts), counts } };
      },
    });
  }

  edit(account: Account, id: number, text: string, at: number): Promise<ChangeOutcome> {
    const { inboxes, changes, reading } = this.#parts;
    const edit = (row: MessageRow) => {
      const grown = Buffer.byteLength(text) - Buffer.byteLength(row.text);
      if (isUnread(row) && !inboxes.resize(row, grown, false)) return 'inbox is full';
      if (isUnreadInGroup(row)) {
        if (grown > 0 && !reading.hasRoom(account.id, 0, grown)) return 'too much unread';
        reading.count(account.id, 0, grown);
      }
      return changes.edit(row, text, at);
    };
    return this.#withRoom('edit', account, at, () => this.#change('edited', account, id, edit));
  }

  delete(account: Account, id: number, at: number): Promise<ChangeOutcome> {
    const { inboxes, changes, reading } = this.#parts;
    return this.#change('deleted', account, id, (row) => {
      if (isUnread(row)) inboxes.resize(row, -Buffer.byteLength(row.text), true);
      if (isUnreadInGroup(row)) reading.count(account.id, -1, -Buffer.byteLength(row.text));
      return changes.delete(row, at);
    });
  }

  list(account: Account): Promise<readonly ConversationEntry[]> {
    const { group, views, inboxes } = this.#parts;
    interface Listing {
      readonly senders: UnreadSenders;
      /** Once all senders are known. */
      readonly users: readonly ConversationEntry[] | undefined;
      readonly counting: Counting | undefined;
    }
    return group.inPieces<Listing, readonly ConversationEntry[]>('chats', account.id, {
      writes: false,
      start: { senders: NO_SENDERS, users: undefined, counting: undefined },
      run: ({ senders, users, counting }) => {
        if (!users) {
          const piece = inboxes.unreadBySender(account, senders);
          if ('next' in piece) return { next: { senders: piece.next, users, counting } };
          return { next: { senders: piece.done, users: entriesOf(piece.done), counting } };
        }
        const piece = views.count(account.id, counting ?? views.places(account.id));
        if ('next' in piece) return { next: { senders, users, counting: piece.next } };
        return { done: [...users, ...piece.done] };
      },
    });
  }

  delivered(account: number, upTo: number): void {
    this.#parts.deliveries.note(account, upTo);
  }

  async block(
    account: Account,
    username: string,
    on: boolean,
  ): Promise<'done' | 'no such recipient' | 'too many'> {
    const { inboxes, accounts, group } = this.#parts;
    return group.write('block', account.id, () => {
      const other = accounts.idOf(username);
      if (other === undefined) return 'no such recipient';
      if (on && inboxes.blocksOf(account) >= MOST_BLOCKED) return 'too many';
      inboxes.block(account, other, on);
      return 'done';
    });
  }

  blocks(account: Account): Promise<readonly string[]> {
    return this.#parts.group.inPieces('blocks', account.id, {
      writes: false,
      start: { from: 0, found: [] as readonly string[] },
      run: (state) => this.#parts.inboxes.blocks(account, state),
    });
  }

  #append(
    name: string,
    { sender, text }: Unaddressed,
    run: () => Outcome<number | NotPosted>,
    before?: () => boolean,
  ): Promise<number | NotPosted> {
    const { indexing, filling } = this.#parts;
    const stored = (value: number | NotPosted): void => {
      if (typeof value !== 'number') return;
      indexing.soon();
      filling.stored(text.length);
    };
    return this.#write(name, sender, run, { before, stored });
  }

  /** Does it again while there was no room for it in groups, and what all have read by now makes some. */
  async #withRoom<T>(name: string, account: Account, now: number, run: () => Promise<T>): Promise<T> {
    for (;;) {
      const outcome = await run();
      if (outcome !== 'too much unread' || !(await this.#makeRoom(name, account, now))) return outcome;
    }
  }

  /** False when all have read nothing more of what was sent to the account's groups. */
  async #makeRoom(name: string, account: Account, now: number): Promise<boolean> {
    const { group, reading, indexing } = this.#parts;
    await indexing.now();
    return group.inPieces<readonly number[] | undefined, boolean>(name, account.id, {
      writes: true,
      start: undefined,
      run: (groups = reading.groupsOf(account.id)) => {
        const [first, ...others] = groups;
        if (first === undefined) return { done: false };
        return reading.note(first, now) > 0 ? { done: true } : { next: others };
      },
    });
  }

  #toUser(post: Unaddressed, recipient: string): Outcome<number | NotPosted> {
    const before = this.#postedBefore(post);
    if (before !== undefined) return { value: before };
    const added = this.#parts.inboxes.add(post, recipient);
    if (typeof added === 'string') return { value: added };
    return posted(post, added, recipient, null, added.recipient!);
  }

  #toGroup(post: Unaddressed, name: string): Outcome<number | NotPosted> {
    const { log, groups, reading } = this.#parts;
    const before = this.#postedBefore(post);
    if (before !== undefined) return { value: before };
    const group = groups.find(name);
    if (!group) {
      const toUser = this.#toUser(post, `#${name}`);
      return toUser.value === 'no such recipient' ? { value: 'no such group' } : toUser;
    }
    const { sender, text, sentAt, key } = post;
    if (groups.joinedAfter(group, sender.id) === undefined) return { value: 'not a member' };
    const bytes = Buffer.byteLength(text);
    if (!reading.hasRoom(sender.id, 1, bytes)) return { value: 'too much unread' };
    reading.sent(sender.id, bytes);
    const added = log.append({
      sender: sender.id,
      recipient: null,
      group: group.id,
      text,
      bytes,
      sentAt,
      hidden: false,
      key,
    });
    return posted(post, added, null, name, groups.audience(name));
  }

  #postedBefore({ sender, key }: Unaddressed): number | undefined {
    return key === undefined ? undefined : this.#parts.keys.messageOf(sender.id, key);
  }

  /** `change` returns the number of the change. It changes the words that the message is found by, too. */
  async #change(
    kind: 'edited' | 'deleted',
    account: Account,
    id: number,
    change: (row: MessageRow) => number | Exclude<ChangeOutcome, 'done'>,
  ): Promise<ChangeOutcome> {
    const { log, words, groups, indexing } = this.#parts;
    // So that what is counted of it is counted in the indexes.
    if (id > log.indexed && id <= log.last) await indexing.now();
    const load = (): boolean => {
      const name = this.#sentBy(account, id)?.group;
      return typeof name === 'string' && groups.load(name);
    };
    return this.#write(
      kind === 'edited' ? 'edit' : 'delete',
      account,
      (): Outcome<ChangeOutcome> => {
        const row = this.#sentBy(account, id);
        if (!row || row.deletedAt !== null) return { value: 'no such message' };
        const number = change(row);
        if (typeof number === 'string') return { value: number };
        const now = log.row(id)!;
        if (kind === 'deleted') words.remove([row]);
        else words.change(now);
        const to = row.groupId === null ? row.recipient! : groups.audience(row.group!);
        return {
          value: 'done',
          happening: {
            kind,
            id: number,
            message: toMessage(now),
            sender: account.id,
            to,
            hidden: row.hidden,
          },
        };
      },
      { before: load },
    );
  }

  #sentBy(account: Account, id: number): MessageRow | undefined {
    const row = this.#parts.log.row(id);
    // What was sent to a group that has ended is being deleted.
    const there = row && (row.groupId === null || row.group !== null);
    return there && row.sender === account.id ? row : undefined;
  }

  /**
   * Whom a conversation is with: an account, by its id, also one that was removed, for what it has sent is listed; or a group that
   * `account` is a member of. An account's name may begin as a group's does if it is old enough.
   */
  #find(account: Account, conversation: Conversation): number | Group | NotThere {
    const { accounts, groups } = this.#parts;
    const name = groupOf(conversation);
    if (name === undefined) return accounts.idOf(conversation) ?? 'no such recipient';
    const group = groups.find(name);
    if (!group) return accounts.idOf(conversation) ?? 'no such group';
    return groups.joinedAfter(group, account.id) === undefined ? 'not a member' : group;
  }

  /**
   * `before` is some work that comes first, and done in pieces: as often as it returns true. `stored` is called with the outcome when it
   * is on the disk.
   */
  #write<T>(
    name: string,
    { id }: Account,
    run: () => Outcome<T>,
    { before, stored }: { before?: (() => boolean) | undefined; stored?: (value: T) => void },
  ): Promise<T> {
    const { group, onHappening } = this.#parts;
    let happening: Happening | undefined;
    const write = (): T => {
      const outcome = run();
      ({ happening } = outcome);
      return outcome.value;
    };
    const tell = (value: T): void => {
      if (happening) onHappening(happening);
      stored?.(value);
    };
    if (!before) return group.write(name, id, write, tell);
    return group.inPieces<undefined, T>(name, id, {
      writes: true,
      start: undefined,
      run: () => (before() ? { next: undefined } : { done: write() }),
      told: (piece) => {
        if ('done' in piece) tell(piece.done);
      },
    });
  }
}

/** By name. */
function entriesOf({ found }: UnreadSenders): ConversationEntry[] {
  const unread = new Map(found);
  const names = [...unread.keys()].sort();
  return names.map((name) => ({ with: name, unread: unread.get(name)!, members: undefined }));
}

function posted(
  { sender, text, sentAt }: Unaddressed,
  { id, hidden }: PendingRow,
  to: string | null,
  group: string | null,
  audience: Audience,
): Outcome<number> {
  const from = sender.username;
  const message = { id, from, to, group, text, sentAt, readAt: null, editedAt: null, deletedAt: null };
  return { value: id, happening: { kind: 'message', id, message, sender: sender.id, to: audience, hidden } };
}

const isUnreadInGroup = ({ groupId, readAt }: MessageRow): boolean => groupId !== null && readAt === null;

const isUnread = ({ recipient, readAt }: MessageRow): boolean => recipient !== null && readAt === null;

function stateOf(
  { readAt, deletedAt }: Message,
  counts: MessageStatus['counts'],
  arrived = false,
): MessageStatus['state'] {
  if (deletedAt !== null) return 'deleted';
  const all = counts !== undefined && counts.members > 0;
  if (readAt !== null || (all && counts.read === counts.members)) return 'read';
  return arrived || (all && counts.delivered === counts.members) ? 'delivered' : 'stored';
}
