import type { Standing } from './messages.ts';
import type { Versions } from './versions.ts';

/** More different requests than that are hardly repeated by one client. */
const MOST_KEPT = 4;
const MOST_BYTES = 64 * 1024;

interface Kept {
  /** The request's. */
  readonly line: string;
  readonly reply: Buffer;
  readonly standing: Standing;
  /** As performance.now() tells it. */
  readonly until: number;
}

/**
 * The replies of one connection that main has said will stay right: an empty inbox while no message comes, the list of who is
 * online while nobody comes or goes. The same request, to the letter, is answered with the same bytes, and main need not be
 * woken, as long as the version is unchanged (see Versions) and the time for which main has lent the reply is not over. That
 * time is short: while it runs main takes the session and the connection to be in use.
 */
export class StandingReplies {
  readonly #versions: Versions;
  /** Few, so looking at each is quicker than hashing what came. Undefined while there are none: most connections are idle. */
  #kept: Kept[] | undefined;

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  /** Whether there are any. */
  get some(): boolean {
    return this.#kept !== undefined;
  }

  /** The bytes from `from` to `to` are the reply to a request of this line. */
  keep(line: string, bytes: Buffer, from: number, to: number, standing: Standing): void {
    if (to - from > MOST_BYTES) return;
    const others = (this.#kept ?? []).filter((kept) => kept.line !== line).slice(1 - MOST_KEPT);
    const reply = Buffer.from(bytes.subarray(from, to));
    this.#kept = [...others, { line, reply, standing, until: performance.now() + standing.lent }];
  }

  /** The reply to this line, if it still stands. */
  find(line: string): Buffer | undefined {
    if (!this.#kept) return undefined;
    for (const kept of this.#kept) {
      if (kept.line !== line) continue;
      if (this.#versions.isCurrent(kept.standing) && performance.now() < kept.until) return kept.reply;
      this.#kept = this.#kept.length === 1 ? undefined : this.#kept.filter((other) => other !== kept);
      return undefined;
    }
    return undefined;
  }
}
