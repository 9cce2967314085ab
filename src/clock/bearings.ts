/** From this trusted time on the machine's clock was expected to be so much ahead of it, in milliseconds. */
export interface Bearing {
  readonly from: number;
  readonly ahead: number;
}

/** Each takes a row; the oldest are joined. */
const MOST_BEARINGS = 500;

/** How stamps and trusted time belong together: what stamps were given when. Does not change. */
export class Bearings {
  /** In order; not empty. */
  readonly all: readonly Bearing[];

  constructor(all: readonly Bearing[]) {
    this.all = all;
  }

  /** Where trusted time begins with what the machine's clock says; what was stamped before that counts as right. */
  static readonly first = new Bearings([{ from: 0, ahead: 0 }]);

  get last(): Bearing {
    return this.all.at(-1)!;
  }

  /** From the trusted time `now` on `by` more is expected. */
  turned(now: number, by: number): Bearings {
    return joined([...this.all, { from: now, ahead: this.last.ahead + by }]);
  }

  /** What was stamped before `before` was so `by` longer ago. */
  olderBefore({ before, by }: { readonly before: number; readonly by: number }): Bearings {
    const older = this.all.filter(({ from }) => from < before);
    const younger = this.all.filter(({ from }) => from >= before);
    const there = older.at(-1);
    return joined([
      ...older.map(({ from, ahead }) => ({ from: from - by, ahead: ahead + by })),
      ...(there && younger[0]?.from !== before ? [{ from: before, ahead: there.ahead }] : []),
      ...younger,
    ]);
  }

  /** The least that was expected of the machine's clock from a trusted time on. */
  leastBehind(trusted: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const [index, { from, ahead }] of this.all.entries()) {
      const until = this.all[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      if (until > trusted) least = Math.min(least, Math.max(trusted, from) + ahead);
    }
    return least;
  }
}

/** The two oldest become one, in which the least of both was expected: so nothing is taken for older than it is. */
function joined(all: readonly Bearing[]): Bearings {
  if (all.length <= MOST_BEARINGS) return new Bearings(all);
  const [first, second, ...rest] = all;
  return joined([{ from: first!.from, ahead: Math.min(first!.ahead, second!.ahead) }, ...rest]);
}
