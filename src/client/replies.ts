/** A server's reply. `text` is the JSON as it came; `body` is what it says. */
export interface ServerReply {
  readonly ok: boolean;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A message as replies list it. One of `to`, a username, and `group`, a name, is null. Times are milliseconds since 1970. */
export interface Message {
  readonly id: number;
  /** A username. */
  readonly from: string;
  readonly to: string | null;
  readonly group: string | null;
  /** Empty when it was deleted. */
  readonly msg: string;
  readonly sent_at: number;
  /** Of a message to a group always null. */
  readonly read_at: number | null;
  readonly edited_at: number | null;
  readonly deleted_at: number | null;
}

/** What a search has found. `notSearched`: messages up to this number were not looked at; without it all were. */
export interface FoundMessages extends Array<Message> {
  notSearched?: number;
}

/**
 * A message of one's own and where it has got to. 'delivered': handed to a connection of the recipient's that listens. The counts
 * are there when it went to a group: of how many others, and how many of those have it or have read it.
 */
export interface MessageStatus extends Message {
  readonly state: 'stored' | 'delivered' | 'read' | 'deleted';
  readonly members?: number;
  readonly delivered?: number;
  readonly read?: number;
}

/** A conversation in the list of chats. `unread` is counted up to 1000; `members` is there for a group. */
export interface ChatEntry {
  readonly unread: number;
  readonly members?: number;
}

/** A group of one's own. */
export interface GroupEntry {
  readonly members: number;
  readonly unread: number;
}

/** What everybody may know of a user: name and country. */
export interface UserDetail {
  readonly nama: string;
  readonly negara: string;
}

/** A session with a live connection. */
export interface OnlineSession {
  readonly username: string;
  readonly userdetail: UserDetail;
}

/** One of one's own sessions. Times are milliseconds since 1970. */
export interface OwnSession {
  readonly started_at: number | null;
  readonly used_at: number;
  readonly connected: boolean;
  readonly current: boolean;
}

/** A message as an inbox lists it, with full names. */
export interface ReceivedMessage {
  readonly msg_from: string;
  readonly msg_to: string;
  readonly msg: string;
}
