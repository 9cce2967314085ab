import type { Figure } from '../results.ts';
import type { Stage } from '../stage.ts';

/** A part of the benchmark that can be run alone. */
export interface Part {
  /** For `--help`, after its name. */
  readonly does: string;
  /** Whether it belongs to the quick run. */
  readonly quick: boolean;
  /** Hands over each figure as soon as it is known. */
  run(stage: Stage, found: (figure: Figure) => void): Promise<void>;
}
