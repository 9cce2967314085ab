/** Valid, and plainly nobody's. */
const uuidNumber = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const UUID = /"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/g;
const TOKEN = /("tokenid": )"[^"]*"/;
const INCARNATION = /("incarnation": )"[^"]*"/;
/** 1 January 2026, noon. */
const TIME = String(Date.UTC(2026, 0, 1, 12));

/** Puts in place of what differs from run to run what is always the same: the same for the same. */
export class Placeholders {
  readonly #uuids = new Map<string, string>();

  in(text: string): string {
    return text
      .replace(TOKEN, '$1"TOKEN"')
      .replace(INCARNATION, '$1"k3J9xQ2a.0"')
      .replace(/("\w+_at": )\d+/g, `$1${TIME}`)
      .replace(UUID, (uuid) => {
        const known = this.#uuids.get(uuid) ?? uuidNumber(this.#uuids.size + 1);
        this.#uuids.set(uuid, known);
        return `"${known}"`;
      });
  }
}
