import type { SearchResult } from './search/hits.ts';
import type { Account } from './store.ts';

/** Someone's conversation: with a user, by username, or with the members of a group, by `#` and its name. */
export type Conversation = string;

/** The group's name, if the conversation is with a group. */
export const groupOf = (conversation: Conversation): string | undefined =>
  conversation.startsWith('#') ? conversation.slice(1) : undefined;

/** A message as whoever may see it sees it. One of `to`, a username, and `group`, a name, is null. Times are milliseconds since 1970. */
export interface Message {
  /** Grows with every message stored. */
  readonly id: number;
  /** A username. */
  readonly from: string;
  readonly to: string | null;
  readonly group: string | null;
  /** Empty when it was deleted. */
  readonly text: string;
  readonly sentAt: number;
  /** Of a message to a group always null. */
  readonly readAt: number | null;
  readonly editedAt: number | null;
  readonly deletedAt: number | null;
}

export interface Post {
  readonly sender: Account;
  readonly to: Conversation;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** What the sender has marked it with: a second post with the same mark stores nothing, and gets the first one's number. */
  readonly key?: string;
}

/** Whom something is told: an account, by its id, or the members of a group, each with the number of the last message before joining. */
export type Audience = number | ReadonlyMap<number, number>;

/**
 * Something that is kept. `id` is its number: a new message's own, or that of the change. Both come from one row, so in the order
 * of their numbers everything is in the order in which it happened.
 */
export interface Kept {
  readonly kind: 'message' | 'edited' | 'deleted';
  readonly id: number;
  /** As it is now. */
  readonly message: Message;
}

/** What listeners are told of; `to` leaves out who did it. */
export type Happening =
  | (Kept & {
      readonly sender: number;
      readonly to: Audience;
      /** `to` is not told, and yet it counts as handed to them: the sender must not find out. */
      readonly hidden: boolean;
    })
  /** `by` has read what these accounts, by id, have sent them, each up to a number. */
  | {
      readonly kind: 'read';
      readonly by: string;
      readonly at: number;
      readonly senders: ReadonlyMap<number, number>;
    };

/** What an account has missed behind a number, in order: some of it, unless `complete`. */
export interface Missed {
  readonly kept: readonly Kept[];
  readonly complete: boolean;
  /** Of all up to this number, what is for the account is in `kept`. */
  readonly upTo: number;
}

/** Where a listener goes on. `sure` is false when it cannot be known whether something was missed. */
export interface ListenerPlace {
  readonly since: number;
  /** The word of this incarnation. */
  readonly incarnation: string;
  readonly sure: boolean;
}

/** Where a message has got to. 'delivered': handed to a connection of the recipient's that listens. */
export interface MessageStatus {
  readonly message: Message;
  readonly state: 'stored' | 'delivered' | 'read' | 'deleted';
  /** Of a message to a group: of how many others it went to, and how many of those have it or have read it. */
  readonly counts:
    | { readonly members: number; readonly delivered: number; readonly read: number }
    | undefined;
}

/** A conversation as a list of them shows it. */
export interface ConversationEntry {
  readonly with: Conversation;
  /** At most `MOST_COUNTED`. */
  readonly unread: number;
  /** Members, of a group. */
  readonly members: number | undefined;
}

/** Unread messages are counted up to so many: counting takes time. */
export const MOST_COUNTED = 1000;

/** When so many were counted in some of an account's groups, only a few more are in each other one. */
export const MOST_COUNTED_TOGETHER = 5000;
export const FEW_COUNTED = 20;

/** What a message was not stored for. 'too much unread': of what the sender has sent to groups. */
export type NotPosted = 'no such recipient' | 'inbox is full' | 'too much unread' | NotInGroup;
export type NotInGroup = 'no such group' | 'not a member';
/** Why there is nothing to be seen or changed. */
export type NotThere = 'no such recipient' | NotInGroup;

export type ChangeOutcome = 'done' | 'no such message' | 'inbox is full' | 'too much unread';

/** What is remembered of conversations. Its promises are as those of Store. */
export interface ConversationStore {
  /** Resolves to the message's number. */
  post(post: Post): Promise<number | NotPosted>;
  /**
   * Where a listener goes on that has heard up to `since` in an incarnation, by its word (see Incarnations): at no more than the number
   * given last. Without `since` that is where it begins; without an incarnation the number counts as this database's.
   */
  place(since: number | undefined, incarnation: string | undefined): Promise<ListenerPlace>;
  /**
   * Hands to `take` what the account has missed behind a number. It is called in order with the happenings that the store tells: what
   * has been told before is in it, and what is told later is not.
   */
  missed(account: number, after: number, take: (missed: Missed) => void): Promise<void>;
  /** The last `limit` messages with a number below `before`, oldest first; fewer when they are long. */
  history(
    account: Account,
    conversation: Conversation,
    before: number,
    limit: number,
  ): Promise<readonly Message[] | NotThere>;
  /** The last `limit` messages of the account's conversations that have all these words (see Query), oldest first; fewer when they are long. */
  search(account: Account, words: string, limit: number): Promise<SearchResult>;
  /** The account has read what has a number of at most `upTo`, in one conversation or in all. */
  acknowledge(
    account: Account,
    upTo: number,
    at: number,
    conversation?: Conversation,
  ): Promise<'done' | NotThere>;
  /** Of a message that the account has sent; undefined when there is none. */
  status(account: Account, id: number): Promise<MessageStatus | undefined>;
  /** Both change a message that the account has sent. */
  edit(account: Account, id: number, text: string, at: number): Promise<ChangeOutcome>;
  delete(account: Account, id: number, at: number): Promise<ChangeOutcome>;
  /** Conversations with something unread, and all groups. */
  list(account: Account): Promise<readonly ConversationEntry[]>;
  /** Everything for the account up to this number has been handed to a connection of its own that listens. */
  delivered(account: number, upTo: number): void;
  /** What `username` sends to the account from now on is hidden from it, or no longer. */
  block(account: Account, username: string, on: boolean): Promise<'done' | 'no such recipient' | 'too many'>;
  /** Usernames. */
  blocks(account: Account): Promise<readonly string[]>;
}
