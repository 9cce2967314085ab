import type { OnlinePage } from '../commands/command.ts';
import type { LiveSession } from './live-session.ts';

/** So many sessions of one user are listed, those that have been online for longest. */
export const MOST_OF_ONE_USER = 100;
/** So many are on one page, with so many characters of names, of which each may take six bytes. */
export const MOST_ON_A_PAGE = 1000;
const MOST_CHARACTERS = 64 * 1024;

interface User {
  readonly listed: Set<LiveSession>;
  /** In the order in which they came online. */
  readonly unlisted: Set<LiveSession>;
}

/**
 * Who is online: the sessions that have a live connection. A change costs next to nothing, however many they are, and nobody can make
 * what is listed long: of one user there are so many, and the rest of them waits for their place.
 */
export class OnlineTable {
  /** In order of login. */
  readonly #listed: LiveSession[] = [];
  /** By account id; none is without sessions. */
  readonly #users = new Map<number, User>();
  /** Called when a user's first session has come online, or the last one has gone. */
  onUser: (username: string, online: boolean) => void = () => {};
  /** Called when what is listed has changed. */
  onListed: () => void = () => {};

  has(session: LiveSession): boolean {
    const user = this.#users.get(session.account.id);
    return user !== undefined && (user.listed.has(session) || user.unlisted.has(session));
  }

  add(session: LiveSession): void {
    const { id, username } = session.account;
    const user = this.#users.get(id) ?? { listed: new Set(), unlisted: new Set() };
    if (user.listed.size < MOST_OF_ONE_USER) this.#list(user, session);
    else user.unlisted.add(session);
    if (this.#users.has(id)) return;
    this.#users.set(id, user);
    this.onUser(username, true);
  }

  remove(sessions: readonly LiveSession[]): void {
    // First those that take nobody's place.
    for (const session of sessions) this.#users.get(session.account.id)?.unlisted.delete(session);
    for (const session of sessions) this.#unlist(session);
  }

  /** Those behind the one with this place in the order of login, as many as a page takes. */
  page(after: number): OnlinePage {
    const first = this.#placeOf(after + 1);
    let last = first;
    let characters = 0;
    while (last < this.#listed.length && last - first < MOST_ON_A_PAGE && characters < MOST_CHARACTERS) {
      const { username, nama, negara } = this.#listed[last++]!.account;
      characters += username.length + nama.length + negara.length;
    }
    const sessions = this.#listed.slice(first, last);
    return { sessions, more: this.#listed.length - last, next: sessions.at(-1)?.order ?? after };
  }

  #list(user: User, session: LiveSession): void {
    user.listed.add(session);
    this.#listed.splice(this.#placeOf(session.order), 0, session);
    this.onListed();
  }

  #unlist(session: LiveSession): void {
    const { id, username } = session.account;
    const user = this.#users.get(id);
    if (!user?.listed.delete(session)) return;
    this.#listed.splice(this.#placeOf(session.order), 1);
    this.onListed();
    for (const next of user.unlisted) {
      user.unlisted.delete(next);
      this.#list(user, next);
      break;
    }
    if (user.listed.size > 0) return;
    this.#users.delete(id);
    this.onUser(username, false);
  }

  /** Where the first one of at least this place in the order of login is in the list. */
  #placeOf(order: number): number {
    let [from, to] = [0, this.#listed.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#listed[middle]!.order < order) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
