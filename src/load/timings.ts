import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { type LoadCommand, loadCommands } from './mix.ts';

/** One command's line in the result; times in milliseconds. */
export interface Timing {
  readonly command: string;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Histograms by command. Threads that they are posted to share them: what one records the others see. */
export type TimingParts = Readonly<Partial<Record<LoadCommand | 'not sent', RecordableHistogram>>>;

/** How long each command took, recorded in microseconds. */
export class Timings {
  readonly parts: TimingParts;

  constructor(parts: TimingParts = Timings.of(loadCommands)) {
    this.parts = parts;
  }

  static of(commands: readonly LoadCommand[]): TimingParts {
    return Object.fromEntries([...commands, 'not sent' as const].map((name) => [name, createHistogram()]));
  }

  /** What several threads have recorded. */
  static merge(all: readonly Timings[]): Timings {
    const merged = new Timings(Timings.of(loadCommands.filter((command) => all[0]?.parts[command])));
    for (const [name, histogram] of merged.#entries) {
      for (const { parts } of all) histogram.add(parts[name]!);
    }
    return merged;
  }

  record(command: LoadCommand | 'not sent', milliseconds: number): void {
    this.parts[command]!.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  /** Those that were answered. */
  get requests(): number {
    return this.#entries.reduce((sum, [name, { count }]) => (name === 'not sent' ? sum : sum + count), 0);
  }

  get notSent(): number {
    return this.parts['not sent']!.count;
  }

  /** Of all requests, in milliseconds. */
  percentile(percent: number): number {
    return at(this.#all(), percent);
  }

  /**
   * A line for each command, one for what was due and not sent (how long it had waited) if there was any, and one for all, which
   * has the times of both but counts only what was answered.
   */
  lines(seconds: number): Timing[] {
    const shown = this.#entries.filter(([name]) => name !== 'not sent' || this.notSent > 0);
    return [
      ...shown.map(([name, histogram]) => line(name, histogram, histogram.count, seconds)),
      line('all', this.#all(), this.requests, seconds),
    ];
  }

  get #entries(): [LoadCommand | 'not sent', RecordableHistogram][] {
    return Object.entries(this.parts) as [LoadCommand | 'not sent', RecordableHistogram][];
  }

  #all(): RecordableHistogram {
    const all = createHistogram();
    for (const [, histogram] of this.#entries) all.add(histogram);
    return all;
  }
}

const at = (histogram: RecordableHistogram, percent: number): number =>
  histogram.count === 0 ? 0 : histogram.percentile(percent) / 1000;

function line(command: string, histogram: RecordableHistogram, requests: number, seconds: number): Timing {
  return {
    command,
    requests,
    perSecond: Math.round(requests / seconds),
    p50: at(histogram, 50),
    p90: at(histogram, 90),
    p99: at(histogram, 99),
    p999: at(histogram, 99.9),
    max: histogram.count === 0 ? 0 : histogram.max / 1000,
  };
}
