/** A piece holds so many items of a list: about a millisecond's work. */
const ITEMS_AT_ONCE = 200;

/**
 * The JSON of an object, whose lists may be long, in pieces. As JSON.stringify() makes it, which would take all its time in one go.
 */
export function* jsonInPieces(value: object): Generator<string> {
  let before = '{';
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const name = `${before}${JSON.stringify(key)}:`;
    before = ',';
    if (!Array.isArray(member) || member.length === 0) {
      yield name + JSON.stringify(member);
      continue;
    }
    for (let from = 0; from < member.length; from += ITEMS_AT_ONCE) {
      const items = JSON.stringify(member.slice(from, from + ITEMS_AT_ONCE)).slice(1, -1);
      yield from === 0 ? `${name}[${items}` : `,${items}`;
    }
    yield ']';
  }
  yield before === '{' ? '{}' : '}';
}
