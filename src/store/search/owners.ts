/** Whose message something is. */
export interface Parties {
  readonly id: number;
  readonly sender: number;
  /** One of these two, by id. */
  readonly recipient: number | null;
  readonly groupId: number | null;
  /** From the recipient, for good. */
  readonly hidden: boolean | number;
}

/** Whose pages a message's words are in: an account's by its id, a group's by that, negated. */
export type PageOwner = number;

export const ownerOfGroup = (group: number): PageOwner => -group;

/** What is hidden from its recipient is in the sender's pages only, so that nobody who searches has to read past it. */
export function ownersOf({ sender, recipient, groupId, hidden }: Omit<Parties, 'id'>): PageOwner[] {
  if (groupId !== null) return [ownerOfGroup(groupId)];
  return hidden || recipient === sender ? [sender] : [sender, recipient!];
}

/** Something that has a number, and whose it is. */
export interface Owned {
  readonly id: number;
  readonly owners: readonly PageOwner[];
}

/** By owner, the numbers of what is theirs: both in order, as in the index of pages. */
export function byOwner(all: Iterable<Owned>): Map<PageOwner, number[]> {
  const found = new Map<PageOwner, number[]>();
  for (const { id, owners } of all) {
    for (const owner of owners) {
      const ids = found.get(owner);
      if (ids) ids.push(id);
      else found.set(owner, [id]);
    }
  }
  for (const ids of found.values()) ids.sort((a, b) => a - b);
  return new Map([...found].sort(([a], [b]) => a - b));
}
