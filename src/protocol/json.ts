import { inTurns } from '../in-turns.ts';

/** What a reply is made of. Maps keep the order of their keys, also of those that look like numbers, and take `__proto__`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | ReadonlyMap<string, Json>
  | Encoded
  | { readonly [key: string]: Json };

/** What has been encoded already. */
export class Encoded {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

const PLAIN = /^[ !#-[\]-~]*$/;
const LAST_PLAIN = 0x7e;
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const [BACKSLASH, U] = Buffer.from('\\u', 'latin1') as unknown as [number, number];
/** Of a unit as `\\uXXXX`. */
const ESCAPED_LENGTH = 6;

function encodeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  let beyond = 0;
  for (let at = 0; at < json.length; at++) if (json.charCodeAt(at) > LAST_PLAIN) beyond++;
  return beyond === 0 ? json : escaped(json, beyond);
}

/** With its `beyond` units that are not ASCII escaped. Into bytes: a string made unit by unit takes ten times as long. */
function escaped(json: string, beyond: number): string {
  const bytes = Buffer.allocUnsafe(json.length + beyond * (ESCAPED_LENGTH - 1));
  let end = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit <= LAST_PLAIN) {
      bytes[end++] = unit;
      continue;
    }
    bytes[end] = BACKSLASH;
    bytes[end + 1] = U;
    for (let digit = 0; digit < 4; digit++) bytes[end + 2 + digit] = HEX[(unit >> (12 - 4 * digit)) & 15]!;
    end += ESCAPED_LENGTH;
  }
  return bytes.toString('latin1', 0, end);
}

/**
 * JSON as the original's replies have it: pure ASCII, `", "` and `": "` as separators, keys in the order
 * given (brief, "Wire protocol").
 */
export function encodeJson(value: Json): string {
  if (typeof value === 'string') return encodeString(value);
  if (Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Encoded) return value.json;
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(', ')}]`;
  const members: string[] = [];
  if (value instanceof Map) for (const member of value) members.push(encodeMember(member));
  else {
    const fields = value as { readonly [key: string]: Json };
    for (const key of Object.keys(fields)) members.push(`${encodeKey(key)}: ${encodeJson(fields[key]!)}`);
  }
  return asObject(members);
}

/** As they are encoded: the keys of objects are written in this program, and few; what strangers choose is a key of a Map. */
const keys = new Map<string, string>();

function encodeKey(key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const encoded = encodeString(key);
  keys.set(key, encoded);
  return encoded;
}

const encodeMember = ([key, value]: readonly [string, Json]): string =>
  `${encodeString(key)}: ${encodeJson(value)}`;

const asObject = (members: readonly string[]): string => `{${members.join(', ')}}`;

/** So many members of an object are few. */
const FEW_MEMBERS = 500;

/** An object that may have thousands of members, each of them small: it is encoded in turns (see inTurns) when it has many. */
export async function manyMembers(entries: readonly (readonly [string, Json])[]): Promise<Json> {
  if (entries.length <= FEW_MEMBERS) return new Map(entries);
  const members: string[] = [];
  await inTurns(entries, (entry) => members.push(encodeMember(entry)));
  return new Encoded(asObject(members));
}
