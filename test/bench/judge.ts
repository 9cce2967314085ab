import { totalOf } from './processes.ts';
import { isOf, type Results, type Series, type Who } from './results.ts';
import { median } from './statistics.ts';
import { type Target, targets } from './targets.ts';

/** Something of ours, and what it stands beside. */
export interface Comparison {
  readonly subject: Series;
  readonly base: Series;
  /** Of neighbours: each round's, not that of the medians. */
  readonly ratios: readonly number[];
}

/** The median of fewer decides nothing. */
export const ROUNDS_TO_JUDGE = 5;

const NOT_ENDED = 'it was not measured to its end, see above';

/** Where the target's median lies, or why it is not known; `met` is undefined when it was not judged. */
export interface Judgement {
  readonly target: Target;
  readonly median: number | undefined;
  readonly met: boolean | undefined;
  readonly why: string;
}

/** All that can be compared of a run. */
export function comparisonsOf({ series }: Results): Comparison[] {
  return series
    .filter(({ who }) => who === 'ours')
    .flatMap((subject) =>
      series
        .filter((base) => base.who !== 'ours' && isOf(base, subject))
        .map((base) => compare(subject, base)),
    );
}

function compare(subject: Series, base: Series): Comparison {
  const rounds = Math.min(subject.values.length, base.values.length);
  const ratios = Array.from({ length: rounds }, (_, round) => subject.values[round]! / base.values[round]!);
  return { subject, base, ratios };
}

/** Every target of what was to be measured. */
export const judge = (results: Results): Judgement[] =>
  targets.filter(({ row }) => results.rows.includes(row)).map((target) => judgeTarget(target, results));

function judgeTarget(target: Target, { series, missing }: Results): Judgement {
  const of = (who: Who): Series | undefined => series.find((each) => each.who === who && isOf(each, target));
  const not = (why: string, middle?: number): Judgement => ({ target, median: middle, met: undefined, why });
  const subject = of('ours');
  if (!subject) return not(missing[target.row] ?? NOT_ENDED);
  let values: readonly number[];
  if (target.beside) {
    const base = of(target.beside);
    if (!base) return not(missing[target.beside] ?? NOT_ENDED);
    values = compare(subject, base).ratios;
  } else if (target.processor) {
    values = (subject.slices ?? []).flatMap(({ processor }) => (processor ? [totalOf(processor)] : []));
    if (values.length === 0) return not('the system does not tell the processor time of threads (no /proc)');
  } else {
    values = subject.values;
  }
  const middle = median(values);
  if (values.length < ROUNDS_TO_JUDGE) {
    return not(`${values.length} of the ${ROUNDS_TO_JUDGE} rounds that are needed`, middle);
  }
  const { limit } = target;
  const met = 'atLeast' in limit ? middle >= limit.atLeast : middle <= limit.atMost;
  return { target, median: middle, met, why: '' };
}
