/** Tells whether a value that somebody has sent is a `T`. */
export type Check<T> = (value: unknown) => value is T;

export const isText: Check<string> = (value) => typeof value === 'string';
export const isFlag: Check<boolean> = (value) => typeof value === 'boolean';
/** A number of things, or of a message. */
export const isCount: Check<number> = (value): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/** Beyond it a Date has no time. */
const LAST_TIME = 8.64e15;
/** Milliseconds since 1970. */
export const isTime: Check<number> = (value): value is number => isCount(value) && value <= LAST_TIME;

/** A token of whatever server: it stands in requests as one word, and in the prompt. */
export const isToken: Check<string> = (value): value is string =>
  isText(value) && /^[!-~]{1,200}$/.test(value);

const isObject: Check<Record<string, unknown>> = (value): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);

export const oneOf =
  <const T extends string>(...all: readonly T[]): Check<T> =>
  (value): value is T =>
    (all as readonly unknown[]).includes(value);

export const listOf =
  <T>(check: Check<T>): Check<T[]> =>
  (value): value is T[] =>
    Array.isArray(value) && value.every(check);

/** An object whose keys are names. */
export const byName =
  <T>(check: Check<T>): Check<Record<string, T>> =>
  (value): value is Record<string, T> =>
    isObject(value) && Object.values(value).every(check);

type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> };

/** An object with these keys at least: a newer server may say more. */
export function shapeOf<T extends object>(checks: Checks<T>): Check<T> {
  const all = Object.entries(checks) as [string, Check<unknown>][];
  return (value): value is T => isObject(value) && all.every(([key, check]) => check(value[key]));
}

export const both =
  <T>(check: Check<T>, more: (value: T) => boolean): Check<T> =>
  (value): value is T =>
    check(value) && more(value);

export const orNothing =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value): value is T | undefined =>
    value === undefined || check(value);
