import { Fault } from './fault.ts';

/** What a reply holds. Objects are Maps, which keep the order of their keys and take any key. */
export type Value = string | number | boolean | null | readonly Value[] | ReadonlyMap<string, Value>;

// Every character has one form only: itself in plain ASCII, a short escape where JSON has one, else \uXXXX.
const STRING =
  /"(?:[ !#-[\]-~]|\\(?:["\\bfnrt]|u(?:00(?:0[0-7bef]|1[0-9a-f]|7f|[89a-f][0-9a-f])|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3})))*"/y;

const OTHER = /(?:0|[1-9]\d{0,15}|true|false|null)(?=[,}\]]|$)/y;

/**
 * Reads a reply as strictly as the brief writes it: ASCII, `", "` and `": "` as separators, nothing else between.
 *
 * @throws Fault when it is anything else.
 */
export function readReply(text: string): Value {
  let at = 0;

  const fail = (wanted: string): never => {
    throw new Fault(
      `is not in the brief's form: wanted ${wanted} at ${at}, behind ${JSON.stringify(text.slice(Math.max(0, at - 40), at))}`,
    );
  };
  const skip = (token: string): boolean => {
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const string = (): string => {
    STRING.lastIndex = at;
    const [found] = STRING.exec(text) ?? fail('a string');
    at += found.length;
    return JSON.parse(found);
  };
  const members = (end: string, member: () => void): void => {
    if (skip(end)) return;
    do member();
    while (skip(', '));
    if (!skip(end)) fail(`", " or "${end}"`);
  };
  const value = (): Value => {
    if (skip('{')) {
      const map = new Map<string, Value>();
      members('}', () => {
        const key = string();
        if (map.has(key)) fail(`another key than ${JSON.stringify(key)} again`);
        if (!skip(': ')) fail('": "');
        map.set(key, value());
      });
      return map;
    }
    if (skip('[')) {
      const list: Value[] = [];
      members(']', () => list.push(value()));
      return list;
    }
    OTHER.lastIndex = at;
    const [other] = OTHER.exec(text) ?? [];
    if (other === undefined) return string();
    at += other.length;
    return JSON.parse(other);
  };

  const read = value();
  if (at < text.length) fail('the end');
  return read;
}

/** The members of an object that has exactly these keys, in this order. */
export function membersOf(value: Value | undefined, ...keys: readonly string[]): Value[] {
  if (!(value instanceof Map) || [...value.keys()].join() !== keys.join()) {
    throw new Fault(`must hold an object of ${keys.join(', ')}`);
  }
  return [...value.values()];
}
