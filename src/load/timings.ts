import { createHistogram } from 'node:perf_hooks';

export const loadCommands = ['send', 'inbox', 'online'] as const;
export type LoadCommand = (typeof loadCommands)[number];

/** One command's line in the result; times in milliseconds. */
export interface Timing {
  readonly command: string;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** How long each command took, recorded in microseconds. */
export class Timings {
  readonly #histograms = new Map(loadCommands.map((command) => [command, createHistogram()]));

  record(command: LoadCommand, milliseconds: number): void {
    this.#histograms.get(command)!.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  get requests(): number {
    return [...this.#histograms.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** A line for each command and one for all. */
  lines(seconds: number): Timing[] {
    const all = createHistogram();
    for (const histogram of this.#histograms.values()) all.add(histogram);
    return [...this.#histograms, ['all', all] as const].map(([command, histogram]) => {
      const at = (percent: number) => (histogram.count === 0 ? 0 : histogram.percentile(percent) / 1000);
      return {
        command,
        requests: histogram.count,
        perSecond: Math.round(histogram.count / seconds),
        p50: at(50),
        p90: at(90),
        p99: at(99),
        max: histogram.count === 0 ? 0 : histogram.max / 1000,
      };
    });
  }
}
