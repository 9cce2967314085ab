import { setTimeout as sleep } from 'node:timers/promises';
import type { Applicant, Registered, RegistrationRefusal } from '../commands/registration.ts';
import type { Log } from '../log.ts';
import { readFullName } from '../names/full-name.ts';
import { mayRegister } from '../names/username.ts';
import { wordFault } from '../names/word.ts';
import { hashInviteCode } from '../store/invite-codes.ts';
import type { Registry, Terms } from '../store/registry.ts';
import type { LoginGuard } from './login-guard.ts';
import { type Logins, REFUSED_AFTER_MS } from './logins.ts';

export interface RegistrarOptions {
  /** 'invite': whoever has an invite. */
  readonly registration: 'open' | 'invite' | 'closed';
  readonly maxAccounts: number;
}

/** Lets strangers have accounts, as far as the operator wants that. */
export class Registrar {
  readonly #registry: Registry;
  readonly #logins: Pick<Logins, 'hash'>;
  readonly #guard: LoginGuard;
  readonly #log: Log;
  readonly #options: RegistrarOptions;
  readonly #refusedAfter: number;

  /**
   * `guard` is the registrar's own: it slows down an address that registers many accounts, or tries many names or invites, as it
   * would one that guesses passwords.
   */
  constructor(
    registry: Registry,
    logins: Pick<Logins, 'hash'>,
    guard: LoginGuard,
    log: Log,
    options: RegistrarOptions,
    refusedAfter = REFUSED_AFTER_MS,
  ) {
    this.#registry = registry;
    this.#logins = logins;
    this.#guard = guard;
    this.#log = log;
    this.#options = options;
    this.#refusedAfter = refusedAfter;
  }

  /**
   * Registers who asks from `address`. Resolves when the account is durable, or to why there is none. When `signal` aborts before
   * it is being stored there is none, and this rejects.
   */
  async register(
    address: string,
    applicant: Applicant,
    signal?: AbortSignal,
  ): Promise<Registered | RegistrationRefusal> {
    const { username, password } = applicant;
    const { registration, maxAccounts } = this.#options;
    // Whatever else may be said of it: a server that takes nobody tells nothing.
    if (registration === 'closed') return 'closed';
    const waitMs = this.#guard.wait(username, address);
    if (waitMs > 0) return this.#refuse(waitMs, signal);
    const terms: Terms = {
      mostAccounts: maxAccounts,
      invite: registration === 'invite' ? hashInviteCode(applicant.invite ?? '') : undefined,
    };
    const fault = await this.#fault(applicant, terms);
    // Again, and with nothing in between: many may have asked at once, and the first of them are counted meanwhile.
    const wait = this.#guard.wait(username, address);
    if (wait > 0) return this.#refuse(wait, signal);
    // A refusal counts as an account does, or all names could be tried; whoever has an invite is held back by that already.
    if (fault || registration === 'open') this.#guard.failed(username, address);
    if (fault) return fault;
    const passwordHash = await this.#logins.hash(address, password, signal);
    if (passwordHash === 'busy') return 'busy';
    signal?.throwIfAborted();
    const [nama, negara] = [readFullName(applicant.name)!, readFullName(applicant.country)!];
    const account = await this.#registry.register({ username, nama, negara, passwordHash }, terms);
    if (typeof account === 'string') return account;
    this.#log.write('info', `account ${username} was registered`, { from: address });
    return { account, passwordHash };
  }

  /** Why the applicant cannot have an account; undefined when it can. */
  async #fault(
    applicant: Applicant,
    terms: Terms,
  ): Promise<Extract<RegistrationRefusal, string> | undefined> {
    const { username, password, name, country } = applicant;
    if (terms.invite !== undefined && !(await this.#registry.isGood(terms.invite)))
      return 'invite is not good';
    if (!mayRegister(username)) return 'bad username';
    if (wordFault(password)) return 'bad password';
    if (readFullName(name) === undefined || readFullName(country) === undefined) return 'bad full name';
    // The name is short by now: what it looks like is quickly told.
    return this.#registry.obstacle(username, terms);
  }

  async #refuse(waitMs: number, signal: AbortSignal | undefined): Promise<RegistrationRefusal> {
    await sleep(this.#refusedAfter, undefined, { signal });
    return { waitMs: Math.max(0, waitMs - this.#refusedAfter) };
  }
}
