import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { LONGEST_NAME } from '../names/full-name.ts';
import { wordFault } from '../names/word.ts';
import { NotTextError, plainText } from '../plain-text.ts';
import { StartupError } from '../startup-error.ts';
import { hashPassword } from './passwords.ts';
import type { NewAccount } from './store.ts';

const oneWord = z.string().superRefine((value, { addIssue }) => {
  const fault = wordFault(value);
  if (fault) addIssue({ code: 'custom', message: fault });
});
const username = oneWord
  .refine((value) => !value.startsWith('-'), 'must not begin with a dash, which begins an option')
  .refine((value) => !value.startsWith('#'), 'must not begin with #, which begins the name of a group');
const name = z
  .string()
  .min(1, 'must not be empty')
  .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`);

/** The rules for what an account consists of, wherever it comes from. */
export const accountRules = { username, nama: name, negara: name, password: oneWord };
const entrySchema = z.strictObject(accountRules);

/** An account as a file has it, with its password. */
export type AccountFileEntry = z.output<typeof entrySchema>;

/** Hashes the passwords of what a file has. `progress` is called after each hash with how many are done, of how many. */
export function hashPasswords(
  entries: readonly AccountFileEntry[],
  progress: (done: number, all: number) => void = () => {},
): Promise<NewAccount[]> {
  let done = 0;
  // All at once: libuv's thread pool takes four at a time.
  return Promise.all(
    entries.map(async ({ password, ...account }) => {
      const passwordHash = await hashPassword(password);
      progress(++done, entries.length);
      return { ...account, passwordHash };
    }),
  );
}

/**
 * Reads an accounts file, a JSON list of `{username, nama, negara, password}`.
 *
 * @throws StartupError when any entry is bad; it names the entry and the reason and no password.
 */
export function readEntries(path: string): AccountFileEntry[] {
  const bad = (reason: string) =>
    new StartupError(
      `accounts file ${path}: ${reason}; nothing was imported, correct the file and start again`,
    );
  let list: unknown;
  try {
    list = JSON.parse(plainText(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof NotTextError) throw bad(error.message);
    // JSON.parse quotes the text around a mistake, which may be a password.
    throw bad(
      error instanceof SyntaxError
        ? 'is not valid JSON'
        : `cannot be read (${String((error as NodeJS.ErrnoException).code)})`,
    );
  }
  if (!Array.isArray(list)) throw bad('must be a list of {"username", "nama", "negara", "password"}');
  if (list.length === 0) throw bad('has no account, so nobody could log in');
  const seen = new Set<string>();
  return list.map((candidate: unknown, index) => {
    const checked = entrySchema.safeParse(candidate);
    if (!checked.success) {
      const { path: where, message } = checked.error.issues[0]!;
      throw bad(`entry ${index + 1}${where.length > 0 ? `, ${where.join('.')}` : ''}: ${message}`);
    }
    const { username } = checked.data;
    if (seen.has(username))
      throw bad(`entry ${index + 1}, username: ${JSON.stringify(username)} is there twice`);
    seen.add(username);
    return checked.data;
  });
}
