import type { NotRegistered } from '../store/registry.ts';
import type { Account } from '../store/store.ts';

/** What somebody who wants an account says. */
export interface Applicant {
  /** Both with `-` for each space. */
  readonly name: string;
  readonly country: string;
  readonly username: string;
  readonly password: string;
  readonly invite?: string | undefined;
}

export interface Registered {
  readonly account: Account;
  readonly passwordHash: string;
}

/** 'busy': too many passwords wait to be hashed. `waitMs`: there were too many registrations from there. */
export type RegistrationRefusal =
  | NotRegistered
  | 'closed'
  | 'bad username'
  | 'bad password'
  | 'bad full name'
  | 'busy'
  | { readonly waitMs: number };
