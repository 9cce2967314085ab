import type { Standing } from './messages.ts';
import type { Versions } from './versions.ts';

/** Two for each request; more different ones than four are hardly repeated by one client. */
const MOST_KEPT = 8;
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
  /** By the request's line, and by the bytes of a chunk that is nothing but the request: these end in LF, which no line holds. */
  #kept: Map<string, Kept> | undefined;

  constructor(versions: Versions) {
    this.#versions = versions;
  }

  /** `chunk`: the bytes, as latin1, of the chunk that the request came in, if it came alone in one. */
  keep(line: string, chunk: string | undefined, text: string, standing: Standing): void {
    if (text.length > MOST_CHARACTERS) return;
    this.#kept ??= new Map();
    if (this.#kept.size > MOST_KEPT - 2) this.#kept.clear();
    const kept = { text, standing, until: performance.now() + standing.lent };
    this.#kept.set(line, kept);
    if (chunk !== undefined) this.#kept.set(chunk, kept);
  }

  /** The reply to this line, or to a chunk of these bytes, if it still stands. */
  find(request: string): string | undefined {
    const kept = this.#kept?.get(request);
    if (!kept) return undefined;
    if (this.#versions.isCurrent(kept.standing) && performance.now() < kept.until) return kept.text;
    this.#kept?.delete(request);
    return undefined;
  }
}
