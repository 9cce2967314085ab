import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { tempFolder } from './temp-folder.ts';

/** As it was exported. */
export interface OldMessage {
  readonly to?: string;
  readonly group?: string;
}

/** What an account was told: by request, and its inbox. */
export interface OldAnswers {
  readonly inbox: Readonly<Record<string, readonly unknown[]>>;
  readonly chats: Readonly<Record<string, unknown>>;
  readonly [request: string]: unknown;
}

/** What the old server said of its database, see test/fixtures/version-8. */
export interface OldFacts {
  /** By username, those of all accounts that were ever there. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Of those who can log in. */
  readonly tokens: Readonly<Record<string, string>>;
  /** The first one was used. */
  readonly invites: readonly string[];
  readonly accounts: readonly { readonly username: string }[];
  readonly messages: readonly OldMessage[];
  readonly told: Readonly<Record<string, OldAnswers>>;
}

const folder = join(import.meta.dirname, '../fixtures/version-8');
const unpacked = (name: string): Buffer => gunzipSync(readFileSync(join(folder, name)));

export const oldFacts = (): OldFacts => JSON.parse(unpacked('facts.json.gz').toString());

/** A fresh data folder with a database of version 8 that was in use a moment ago. */
export function oldData(): string {
  const data = tempFolder();
  const path = join(data, 'benang.db');
  writeFileSync(path, unpacked('benang.db.gz'));
  using db = new DatabaseSync(path);
  db.exec(`UPDATE session SET used_at = ${Date.now()}; UPDATE invite SET expires_at = ${Date.now() + 1e9}`);
  return data;
}
