/** What a reply is made of. Maps keep the order of their keys, also of those that look like numbers, and take `__proto__`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | ReadonlyMap<string, Json>
  | { readonly [key: string]: Json };

const PLAIN = /^[ !#-[\]-~]*$/;
const BEYOND_ASCII = /[\u007f-\uffff]/g;

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

function encodeString(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text).replace(BEYOND_ASCII, escapeUnit);
}

/**
 * JSON as the original's replies have it: pure ASCII, `", "` and `": "` as separators, keys in the order
 * given (brief, "Wire protocol").
 */
export function encodeJson(value: Json): string {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(', ')}]`;
  const entries: Iterable<[string, Json]> = value instanceof Map ? value : Object.entries(value);
  const members: string[] = [];
  for (const [key, member] of entries) members.push(`${encodeString(key)}: ${encodeJson(member)}`);
  return `{${members.join(', ')}}`;
}
