import type { Standing } from './messages.ts';
import type { Versions } from './versions.ts';

/** More different requests than that are hardly repeated by one client. */
const MOST_KEPT = 4;
const MOST_CHARACTERS = 64 * 1024;

interface Kept {
  readonly text: string;
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
  readonly #kept = new Map<string, Kept>();

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  keep(line: string, text: string, standing: Standing): void {
    if (text.length > MOST_CHARACTERS) return;
    if (this.#kept.size === MOST_KEPT) this.#kept.clear();
    this.#kept.set(line, { text, standing, until: performance.now() + standing.lent });
  }

  /** The reply to this request, if it still stands. */
  find(line: string): string | undefined {
    const kept = this.#kept.get(line);
    if (!kept) return undefined;
    if (this.#versions.isCurrent(kept.standing) && performance.now() < kept.until) return kept.text;
    this.#kept.delete(line);
    return undefined;
  }
}
