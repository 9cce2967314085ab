import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StartupError } from '../startup-error.ts';

/*
 * Whatever root does in a data folder it does as the user whose folder it is: so the server can use all that it leaves there, at
 * every moment, and nothing that this user may have put there, such as a link, leads root to where the user could not go. Only
 * files that the operator has named are root's own affair.
 */

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[] | { readonly of: string };
}

/** The file of a data folder that each server has made. */
const LOCK = 'benang.lock';
const ROOT = 0;

/** Set from when this process acts for another user than its own: who it is itself, and for whom it acts. */
let acting: { readonly self: Identity; readonly owner: Identity & { readonly name: string } } | undefined;

/**
 * When this is root and the data folder somebody else's, acts as that user from now on, but for what is done in asMyself(). Returns
 * the user's name then, else undefined.
 *
 * @throws StartupError when it may not.
 */
export function actAsOwner(folder: string): string | undefined {
  if (acting || process.geteuid?.() !== ROOT) return acting?.owner.name;
  const { uid, gid } = ownerOf(folder);
  if (uid === ROOT) return undefined;
  const self = { uid: ROOT, gid: process.getegid!(), groups: process.getgroups!() };
  try {
    process.seteuid!(uid);
    // The one way to ask for the entry of another user, who may have none.
    const user = attempt(() => userInfo());
    process.seteuid!(ROOT);
    const owner = user
      ? { uid, gid: user.gid, groups: { of: user.username }, name: user.username }
      : { uid, gid, groups: [gid], name: `#${uid}` };
    become(owner);
    acting = { self, owner };
    return owner.name;
  } catch (error) {
    attempt(() => become(self));
    throw new StartupError(
      `${folder} belongs to ${nameOf(uid)}, and this may not act as that user (${(error as Error).message}); run it as ${nameOf(uid)}`,
    );
  }
}

/** Whether this process acts for another user than its own. */
export const actsForAnother = (): boolean => acting !== undefined;

/**
 * Does `use`, until what it returns is settled, as the user that runs this program: for a file that the operator has named. Nothing
 * else may be done meanwhile.
 */
export function asMyself<T>(use: () => T): T {
  if (!acting) return use();
  const { self, owner } = acting;
  become(self);
  let settles = false;
  try {
    const result = use();
    if (!(result instanceof Promise)) return result;
    settles = true;
    return result.finally(() => become(owner)) as T;
  } finally {
    if (!settles) become(owner);
  }
}

/** What does something later as the user that this process acts as now. */
export function asNow(): <T>(use: () => T) => T {
  return acting ? (use) => use() : asMyself;
}

/** It is documented, and missing in the types. */
const { initgroups } = process as unknown as { initgroups(user: string, extraGroup: number): void };

function become({ uid, gid, groups }: Identity): void {
  process.seteuid!(ROOT);
  if ('of' in groups) initgroups(groups.of, gid);
  else process.setgroups!([...groups]);
  process.setegid!(gid);
  process.seteuid!(uid);
}

/**
 * Whoever has run a server on the folder, else whoever has the folder or, when it is not there yet, the folder that it would be in.
 * Root's own is only what is in a folder of root's.
 */
function ownerOf(folder: string): { uid: number; gid: number } {
  const lock = attempt(() => lstatSync(join(folder, LOCK)));
  return lock && lock.uid !== ROOT ? lock : nearest(folder, statSync);
}

/** What there is at `path` or, when there is nothing, at the nearest folder above it. */
function nearest(path: string, look: (path: string) => Stats): Stats {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = attempt(() => look(at));
    if (found ?? at === dirname(at)) return found ?? statSync(at);
  }
}

/**
 * Why the system does not let this user at `path`, as the end of a sentence that says what to do, when that is because it belongs to
 * somebody else; undefined when it is for another reason.
 */
export function notOurs(path: string, error: unknown): string | undefined {
  if (!['EACCES', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
  const { uid } = nearest(path, lstatSync);
  if (uid === process.geteuid?.()) return undefined;
  const whose = nameOf(uid);
  return acting
    ? `belongs to ${whose}, and the folder to ${acting.owner.name}; give it back with chown ${acting.owner.name}`
    : `belongs to ${whose}; run this as that user, for example with sudo -u ${whose}`;
}

/** A user's name as sudo and chown take it. */
function nameOf(uid: number): string {
  const users = attempt(() => readFileSync('/etc/passwd', 'utf8')) ?? '';
  return new RegExp(`^([^:\n]+):[^:]*:${uid}:`, 'm').exec(users)?.[1] ?? `#${uid}`;
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
