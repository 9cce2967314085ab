import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import * as z from 'zod';
import { NotTextError, plainText } from './plain-text.ts';
import { StartupError } from './startup-error.ts';

/** The setting that operators' commands share: which server they mean, or its data when it does not run. */
export const dataFolder = z
  .string()
  .min(1, 'must not be empty')
  .default('data')
  .meta({ value: 'DIR', description: "the server's data folder" });

/** What a setting's schema carries for `--help`: attach it with `.meta()`. */
export interface SettingMeta {
  readonly description: string;
  /** How the value is called in the help (`PORT`); a setting without one is a flag that takes no value. */
  readonly value?: string;
  /** Set on settings that only a flag can give. */
  readonly flagOnly?: boolean;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time of at most `longest`, written `500ms`, `30s`, `5m`, `24h`, `7d`, or as seconds; in milliseconds. */
export const durationUpTo = (longest: string) =>
  z
    .union([z.string(), z.number()])
    .transform((written) => String(written))
    .pipe(z.string().regex(/^\d+(ms|s|m|h|d)?$/, 'must be a time such as 500ms, 30s, 5m or 24h'))
    .transform(milliseconds)
    .pipe(
      z.number().min(1, 'must be longer than that').max(milliseconds(longest), `must be at most ${longest}`),
    );

const milliseconds = (written: string): number =>
  Number.parseInt(written, 10) * (UNIT_MS[written.replace(/\d+/, '')] ?? 1000);

/** Timers end at 2^31 ms. */
export const duration = durationUpTo('500h');

const UNIT_BYTES: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A size in bytes, written `512`, `64KiB`, `16MiB` or `2GiB`. */
export const size = (min: number, max: number) =>
  z
    .union([z.string(), z.number()])
    .transform((written) => String(written))
    .pipe(z.string().regex(/^\d+(KiB|MiB|GiB)?$/, 'must be a size such as 512, 64KiB or 16MiB'))
    .transform((written) => Number.parseInt(written, 10) * (UNIT_BYTES[written.replace(/\d+/, '')] ?? 1))
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** A whole number, written in digits. */
export const integer = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^-?\d+$/, 'must be a whole number')], 'must be a whole number')
    .transform(Number)
    .pipe(
      z
        .number()
        .int('must be a whole number')
        .min(min, `must be at least ${min}`)
        .max(max, `must be at most ${max}`),
    );

type Shape = z.ZodRawShape;

const flagOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (key: string): string => `BENANG_${flagOf(key).replaceAll('-', '_').toUpperCase()}`;
const metaOf = (schema: z.core.$ZodType): SettingMeta =>
  z.globalRegistry.get(schema) as unknown as SettingMeta;

/**
 * Reads settings from flags, and when the schema has a `config` (the server's) flags over environment (`BENANG_PORT`)
 * over the JSON file that `--config` names. A key is `sessionIdle`, in the file as well; its flag is `--session-idle`.
 *
 * @throws StartupError naming the setting, where it came from, and what it must be.
 */
export function readSettings<S extends Shape>(
  schema: z.ZodObject<S>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): z.output<z.ZodObject<S>> {
  const flags = readFlags(schema, args);
  const environment = 'config' in schema.shape ? readEnvironment(schema, env) : {};
  const file = flags.config ?? environment.config;
  const sources = [
    { name: (key: string) => `--${flagOf(key)}`, values: flags },
    { name: variableOf, values: environment },
    {
      name: (key: string) => `${key} in ${String(file)}`,
      values: file ? readFile(schema, String(file)) : {},
    },
  ];
  const given = Object.assign({}, ...sources.map(({ values }) => values).reverse());
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  const key = String(issue.path[0] ?? '');
  const source = sources.find(({ values }) => key in values);
  throw new StartupError(`${source ? source.name(key) : `--${flagOf(key)}`} ${issue.message}; see --help`, {
    exitCode: 2,
  });
}

function readFlags(schema: z.ZodObject, args: readonly string[]): Record<string, unknown> {
  const options: ParseArgsOptionsConfig = {};
  const keys = new Map<string, string>();
  for (const [key, setting] of Object.entries(schema.shape)) {
    options[flagOf(key)] = { type: metaOf(setting).value ? 'string' : 'boolean' };
    keys.set(flagOf(key), key);
  }
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    return Object.fromEntries(Object.entries(values).map(([flag, value]) => [keys.get(flag)!, value]));
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s|\n/);
    throw new StartupError(`${sentence!.replace(/^./, (first) => first.toLowerCase())}; see --help`, {
      exitCode: 2,
    });
  }
}

function readEnvironment(schema: z.ZodObject, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(schema.shape)) {
    const value = env[variableOf(key)];
    if (value === undefined || metaOf(setting).flagOnly) continue;
    values[key] = metaOf(setting).value ? value : value === '1' || value === 'true';
  }
  return values;
}

function readFile(schema: z.ZodObject, path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(plainText(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`the settings file ${path} ${error.message}`);
    throw new StartupError(`cannot read the settings in ${path}: ${(error as Error).message}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new StartupError(`the settings in ${path} must be a JSON object such as {"port": 8889}`);
  }
  const unknown = Object.keys(content).find(
    (key) => !schema.shape[key] || metaOf(schema.shape[key]).flagOnly,
  );
  if (unknown !== undefined) throw new StartupError(`${path} has an unknown setting: ${unknown}; see --help`);
  return content as Record<string, unknown>;
}

/** A setting as people are told of it. */
export interface SettingInfo extends SettingMeta {
  readonly key: string;
  readonly flag: string;
  /** What holds without it, as it would be written. */
  readonly preset: string | undefined;
}

export function settingsOf(schema: z.ZodObject): SettingInfo[] {
  return Object.entries(schema.shape).map(([key, setting]) => {
    const preset =
      setting instanceof z.ZodDefault || setting instanceof z.ZodPrefault
        ? shown(setting.def.defaultValue)
        : undefined;
    return { ...metaOf(setting), key, flag: `--${flagOf(key)}`, preset };
  });
}

/** The options part of `--help`, from the schema. */
export function describeSettings(schema: z.ZodObject): string {
  const rows = settingsOf(schema).map(({ flag, value, description, preset }) => ({
    left: value ? `${flag} ${value}` : flag,
    right: preset === undefined ? description : `${description} (default ${preset})`,
  }));
  rows.push({ left: '--help', right: 'show this' });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

const shown = (preset: unknown): string | undefined =>
  preset === false || preset === undefined ? undefined : String(preset);
