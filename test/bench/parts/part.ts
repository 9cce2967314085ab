import type { Series } from '../results.ts';
import type { Stage } from '../stage.ts';

/** A part of the benchmark that can be run alone. */
export interface Part {
  /** For `--help`, after its name. */
  readonly does: string;
  /** Whether it runs without being named with --only. */
  readonly byDefault: boolean;
  /** What it measures, as the results name it. */
  readonly rows: readonly string[];
  /** About how long it takes. */
  seconds(stage: Stage): number;
  /** Hands over what it has measured. */
  run(stage: Stage, found: (series: Series) => void): Promise<void>;
}
