/** Counts what was asked and answered, for the report. */
export class Tally {
  /** By kind of request and kind of reply. */
  readonly replies: Record<string, Record<string, number>> = {};
  /** By how the connection ended. */
  readonly endings: Record<string, number> = {};
  requests = 0;
  answered = 0;
  /** On connections that were given up, requests whose replies nobody waited for. */
  abandoned = 0;
  connections = 0;
  bytesOut = 0;
  bytesIn = 0;
  /** Messages whose OK came. */
  sent = 0;
  /** Those of them that nobody got, because something was sent behind a reply that was never read (see Looks). */
  unseen = 0;

  reply(kind: string, outcome: string): void {
    this.answered++;
    const outcomes = this.replies[kind] ?? {};
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    this.replies[kind] = outcomes;
  }

  ending(how: string): void {
    this.endings[how] = (this.endings[how] ?? 0) + 1;
  }
}
