import * as z from 'zod';

/*
 * What replies and events are made of, as zod schemas: one source for the tables of the document and for the check of what a real
 * server says. Objects are strict, so an undocumented key is a fault.
 */

/** A username in a table's path stands for any. */
export const username = z.string().min(1).meta({ title: 'username' });
export const group = z.string().min(1).meta({ title: 'group' });
/** Of a message, or of what has become of one. */
export const number = z.int().min(1).meta({ title: 'number' });
export const count = z.int().min(0).meta({ title: 'count' });
/** Milliseconds since 1970. */
export const time = z.int().min(Date.UTC(2020)).meta({ title: 'time' });
export const uuid = z.uuidv4().meta({ title: 'uuid' });
export const text = z.string().meta({ title: 'text' });
export const flag = z.boolean();

/** An object with any number of keys, each of which is one of these. */
export const by = <K extends z.ZodString | z.ZodUUID, V extends z.ZodType>(key: K, value: V) =>
  z.record(key, value);

/** A reply that only says what was done, with the word that the original has for it. */
export const said = (message: string) =>
  z.strictObject({ status: z.literal('OK'), message: z.literal(message).describe('says what was done') });

/** Marks a key that is there only when there is more of something than a short conversation can bring about. */
export const crowded = { crowded: true };

/** A reply with one key behind `status`. */
export const holding = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject({ status: z.literal('OK'), ...shape });

/** Why a value is not of a shape; undefined when it is, with its keys in the order of the shape. */
export function faultIn(shape: z.ZodType, value: unknown): string | undefined {
  const checked = shape.safeParse(value);
  if (!checked.success) return z.prettifyError(checked.error);
  if (JSON.stringify(checked.data) === JSON.stringify(value)) return undefined;
  return `has its keys in another order than ${JSON.stringify(checked.data)}`;
}

/** A line of a table about a shape. */
export interface Field {
  readonly path: string;
  readonly type: string;
  readonly meaning: string;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** All that is in a shape, each by its path (`messages.USERNAME[].msg`); given values, only what is there in one of them. */
export function fieldsOf(shape: z.ZodType, values?: readonly unknown[]): Field[] {
  return [...fieldsIn(z.toJSONSchema(shape) as JsonSchema, '', values)];
}

function* fieldsIn(
  schema: JsonSchema,
  path: string,
  values: readonly unknown[] | undefined,
): Generator<Field> {
  const objects = values?.filter((value) => typeof value === 'object' && value !== null);
  const members = objects?.flatMap((object) => Object.values(object as object));
  const items = schema.items as JsonSchema | undefined;
  if (items) yield* fieldsIn(items, `${path}[]`, members);
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const [key, member] of Object.entries(schema.properties ?? {}) as [string, JsonSchema][]) {
    const having = objects?.filter((object) => key in (object as object)) as Record<string, unknown>[];
    if (having?.length === 0 && !('crowded' in member)) continue;
    const optional = schema.required?.includes(key) ? '' : ', may be missing';
    yield { path: below(key), type: typeOf(member) + optional, meaning: member.description ?? '' };
    yield* fieldsIn(
      member,
      below(key),
      having?.map((object) => object[key]),
    );
  }
  const any = schema.additionalProperties;
  if (any && typeof any === 'object') {
    yield* fieldsIn(any as JsonSchema, below(keyOf(schema).toUpperCase()), members);
  }
}

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map((one) => typeOf(one as JsonSchema)).join(' or ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => typeOf({ ...schema, type } as JsonSchema)).join(' or ');
  }
  if (schema.type === 'null') return 'null';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((one) => `\`${JSON.stringify(one)}\``).join(' or ');
  if (schema.title) return schema.title;
  if (schema.type === 'array') return `list of ${plural(typeOf(schema.items as JsonSchema))}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.additionalProperties) return `object by ${keyOf(schema)}`;
  return schema.type === 'object' ? 'object' : String(schema.type);
}

/** What the keys of an object with any number of them are. */
const keyOf = (schema: JsonSchema): string => (schema.propertyNames as JsonSchema).title ?? 'key';

const plural = (type: string): string => `${type}s`;
