import type { DatabaseSync } from 'node:sqlite';
import { Bearings } from '../clock/bearings.ts';
import type { KeptClock, Settled } from '../clock/clock.ts';

/** What is older than so many gaps is taken for younger than it is. */
const MOST_GAPS = 100;

/** SQL for a trusted time as it was noted at the trusted time `noted`: earlier by the gaps that have been found since. */
export const sinceGaps = (time: string, noted = time): string =>
  `${time} - coalesce((SELECT sum(length) FROM clock_gap WHERE before > ${noted}), 0)`;

/** The clock in an open database. Each method is a step of a transaction, see GroupCommit. */
export class ClockRows {
  readonly #sql;
  /** As they are written; undefined before they are. */
  #bearings: Bearings | undefined;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  read(): KeptClock | undefined {
    const row = this.#sql.clock.get() as Record<string, number | null> & { boot: string | null };
    if (!row) return undefined;
    const { trusted, running, boot, known, gap_before: before, gap_off: off } = row;
    const bearings = this.#sql.bearings.all() as unknown as Bearings['all'];
    return {
      trusted: trusted!,
      running: running!,
      boot: boot ?? undefined,
      known: known === 1,
      gap: before == null ? undefined : { before, off: off === 1 },
      bearings: bearings.length > 0 ? new Bearings(bearings) : Bearings.first,
    };
  }

  /** See ClockOptions. */
  last(): { sent: number | undefined; used: number | undefined } {
    const { sent, used } = this.#sql.last.get() as Record<'sent' | 'used', number | null>;
    return { sent: sent ?? undefined, used: used ?? undefined };
  }

  keep({ trusted, running, boot, known, gap, bearings }: KeptClock, settled: Settled | undefined): void {
    // Rounded so that the clock does not gain by it.
    const counted = Math.ceil(running);
    const gapOff = gap === undefined ? null : Number(gap.off);
    this.#sql.keep.run(trusted, counted, boot ?? null, Number(known), gap?.before ?? null, gapOff);
    if (settled) this.#addGap(settled);
    if (bearings === this.#bearings) return;
    this.#sql.forgetBearings.run();
    for (const { from, ahead } of bearings.all) this.#sql.addBearing.run(from, ahead);
  }

  /** What `keep` has written is in the database for good. */
  kept({ bearings }: KeptClock): void {
    this.#bearings = bearings;
  }

  #addGap({ before, by }: Settled): void {
    this.#sql.addGap.run(before, by);
    const { gaps } = this.#sql.countGaps.get()!;
    if (Number(gaps) > MOST_GAPS) this.#sql.forgetGap.run();
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    clock: sql('SELECT trusted, running, boot, known, gap_before, gap_off FROM clock'),
    bearings: sql('SELECT since AS "from", ahead FROM clock_bearing ORDER BY rowid'),
    last: sql(`SELECT (SELECT sent_at FROM message ORDER BY id DESC LIMIT 1) AS sent,
      (SELECT max(used_at) FROM session) AS used`),
    keep: sql(`INSERT OR REPLACE INTO clock (id, trusted, running, boot, known, gap_before, gap_off)
      VALUES (1, ?, ?, ?, ?, ?, ?)`),
    forgetBearings: sql('DELETE FROM clock_bearing'),
    addBearing: sql('INSERT INTO clock_bearing (since, ahead) VALUES (?, ?)'),
    addGap: sql('INSERT INTO clock_gap (before, length) VALUES (?, ?)'),
    countGaps: sql('SELECT count(*) AS gaps FROM clock_gap'),
    forgetGap: sql('DELETE FROM clock_gap WHERE rowid = (SELECT min(rowid) FROM clock_gap)'),
  };
}
