import * as z from 'zod/mini';
import type { Reply } from '../protocol/reply.ts';
import { NO_CUT, textEnd, textStart } from '../protocol/request.ts';
import type { Account, Profile, Store } from '../store/store.ts';
import type { Applicant, Registered, RegistrationRefusal } from './registration.ts';

const DIGITS = /^\d{1,15}$/;

/** One word of a request. */
export const word = z.string();
/** A number of a message, or of things: digits, so many that they are exact. */
export const number = z.pipe(
  z.string().check(z.regex(DIGITS)),
  z.transform((digits) => Number(digits)),
);
/** The rest of a request's line, without its framing: may be the last argument of a command. */
export const text = z.string();

/** A login: what a token stands for. `id` is public, the token is not. */
export interface Session {
  readonly id: string;
  readonly account: Account;
}

/** A session, and how it is used. Times are milliseconds since 1970. */
export interface SessionState {
  readonly session: Session;
  /** Undefined when it started before that was noted. */
  readonly startedAt: number | undefined;
  readonly usedAt: number;
  /** Whether it has a live connection. */
  readonly connected: boolean;
}

/** What the server offers a command: the sessions, which belong to the main thread. */
export interface Sessions {
  /**
   * Starts a session; resolves when it is durable, or to why there is none: the account has too many, or it is disabled, removed
   * or has another password than `passwordHash` by then. Rejects when it cannot be stored.
   */
  start(
    account: Account,
    passwordHash: string,
  ): Promise<{ session: Session; token: string } | 'too many sessions' | 'account has changed'>;
  /** Ends a session. Its token is refused at once; resolves when that is durable. Rejects, with the session valid again, when it cannot be stored. */
  end(session: Session): Promise<void>;
  /** Ends all sessions of an account, in one, as `end` does. */
  endAllOf(account: Account): Promise<void>;
  /** The valid sessions of an account, in order of login; if there are more than `most` those that were used last, and `always`. */
  of(account: Account, most?: number, always?: Session): readonly SessionState[];
  /** The valid session of an account that has this id. */
  byId(account: Account, id: string): Session | undefined;
  /**
   * Gives the session's account another password, and ends its other sessions in one with that, as `end` does. Resolves to what was
   * in the way: the session has ended, or the account is disabled, removed or has another password than `from` by then.
   */
  changePassword(
    session: Session,
    from: string,
    to: string,
  ): Promise<'changed' | 'session has ended' | 'account has changed'>;
  /** Resolves when the account's new profile is durable, and everybody is shown it. */
  changeProfile(account: Account, profile: Profile): Promise<void>;
  /**
   * The sessions that have a live connection, in order of login: a page of them, behind what an earlier page's `next` is. The first
   * page is the same object until it changes.
   */
  online(after?: number): OnlinePage;
}

export interface OnlinePage {
  readonly sessions: readonly Session[];
  /** How many come behind these. */
  readonly more: number;
  /** Where those begin. */
  readonly next: number;
}

/** The connection that a request came in on. */
export interface Caller {
  login(session: Session): void;
  /** The id of the last message of `account`, or of a group by its id, that a reply on this connection has carried; 0 when there is none. */
  carried(account: Account, group?: number): number;
  /**
   * Notes that the coming reply carries all unread messages of `account`, or of a group for it, from the last carried one up to
   * the one with the id `upTo`. They become read once the client shows that it has the reply.
   */
  deliver(account: Account, upTo: number, group?: number): void;
  /** Behind the coming reply the connection is told what happens for the session's account, all of it behind `since`. */
  listen(session: Session, since: number): void;
  /**
   * Notes that the same request, with a token in it, is to be answered with the same reply until a message comes for the token's
   * account, one of its sessions ends, or presence changes.
   */
  stand(): void;
}

/** 'busy': too many logins wait already. `waitMs`: after too many failed ones the password was not looked at. */
export type LoginVerdict = 'right' | 'wrong' | 'busy' | { readonly waitMs: number };

export interface Surroundings {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly caller: Caller;
  /**
   * Checks the password given for an account; without a hash there is no such account. Takes tens of milliseconds, off the main
   * thread. These three reject when nobody waits for the reply any more; then the command must not have had any effect.
   */
  readonly checkPassword: (
    username: string,
    passwordHash: string | undefined,
    password: string,
  ) => Promise<LoginVerdict>;
  /** Hashes a password, as long as checking one takes and in turn with those; 'busy' when too many wait. */
  readonly hashPassword: (password: string) => Promise<string | 'busy'>;
  /** Makes an account, as far as the operator lets strangers have some. Resolves when it is durable. */
  readonly register: (applicant: Applicant) => Promise<Registered | RegistrationRefusal>;
  /** Writes the brief's line for this request to the log. `line` is called only when it will be shown. */
  readonly log: (line: () => string) => void;
  /** Milliseconds since 1970 (see Clock.stamp). */
  readonly now: () => number;
}

type Shape = Record<string, z.core.$ZodType>;
type Arguments<S extends Shape, O extends Shape> = z.output<z.ZodMiniObject<S>> &
  Partial<z.output<z.ZodMiniObject<O>>>;

/**
 * A command of the protocol, as its file declares it.
 *
 * The arguments' keys, in order, are the words behind the command's name. A connection thread checks them;
 * `run` is called in the main thread, and whatever of it comes before its first await is one step that
 * nothing else can come between.
 */
export interface CommandDefinition<
  S extends Shape = Shape,
  O extends Shape = Shape,
  Who = Session | undefined,
> {
  readonly name: string;
  readonly arguments: S;
  /** Behind the arguments, each by its name, in any order: `before 12 limit 5`. */
  readonly options?: O;
  readonly help: string;
  /**
   * 'required': the argument `token` must be a valid session's. 'optional': without a token the connection's
   * own session serves. 'none': the command needs none.
   */
  readonly session: 'required' | 'optional' | 'none';
  /** Set when the reply takes long: others on the same thread do not wait for it. What this connection asks behind it does. */
  readonly slow?: true;
  /** Set when what this connection asks behind it begins only when this is answered. */
  readonly exclusive?: true;
  /** Set when the reply may be long: more than a kilobyte or two. Few such are in progress at once. */
  readonly large?: true;
  run(input: Arguments<S, O>, surroundings: Surroundings, session: Who): Reply | Promise<Reply>;
}

/** A command made ready for both sides: `cut` for the connection threads, the rest for the main thread. */
export interface Command extends Omit<CommandDefinition, 'run'> {
  /** The request as a person would write it: `send TOKEN USERNAME TEXT…`. */
  readonly usage: string;
  /**
   * Where the arguments are in a request's line: for each argument, and then each option, the start and the end, which are NO_CUT for
   * one that is left out. What follows the command's name begins at `from`, which is NO_CUT when nothing does. Undefined when an
   * argument is missing, or is not what it should be.
   */
  cut(line: string, from: number): number[] | undefined;
  /** The checked arguments from a line and what `cut` said of it, which begins at `at` of `cuts`. */
  read(line: string, cuts: ArrayLike<number>, at: number): CheckedArguments;
  run(
    input: CheckedArguments,
    surroundings: Surroundings,
    session: Session | undefined,
  ): Reply | Promise<Reply>;
}

/** Arguments that passed the command's schema. */
export type CheckedArguments = Readonly<Record<string, string | number | undefined>>;

type SessionNeed = CommandDefinition['session'];
type WhoFor<N extends SessionNeed> = N extends 'none' ? undefined : Session;

/** What an argument is, of those that there are. */
const [WORD, NUMBER, TEXT] = [0, 1, 2];

const kindOf = (type: z.core.$ZodType): number => {
  if (type === text) return TEXT!;
  return type === number ? NUMBER! : WORD!;
};

/**
 * A schema says what an argument is, and is read once, here: checking it costs a thread that has just begun more than all the rest
 * of a request.
 */
export function defineCommand<S extends Shape, N extends SessionNeed, O extends Shape = Record<never, never>>(
  definition: Omit<CommandDefinition<S, O, WhoFor<N>>, 'session'> & { readonly session: N },
): Command {
  const parameters = Object.entries(definition.arguments).map(([name, type]) => ({ name, type }));
  const options = Object.entries(definition.options ?? {}).map(([name, type]) => ({ name, type }));
  const required = parameters.filter(({ type }) => !isOptional(type)).length;
  const all = [...parameters, ...options];
  const names = all.map(({ name }) => name);
  const kinds = all.map(({ type }) => kindOf(type));
  const count = parameters.length;

  /** Further words are ignored, as the original does, from the first on that is no option. False when an option is not what it should be. */
  const cutOptions = (cuts: number[], line: string, from: number): boolean => {
    for (let index = count; index < names.length; index++) cuts.push(NO_CUT, NO_CUT);
    let at = from;
    for (let left = options.length; left > 0 && at !== NO_CUT; left--) {
      const space = line.indexOf(' ', at);
      const index = names.indexOf(line.slice(at, space === NO_CUT ? line.length : space), count);
      if (index === -1) break;
      const start = space === NO_CUT ? line.length : space + 1;
      const next = line.indexOf(' ', start);
      const end = next === NO_CUT ? line.length : next;
      if (kinds[index] === NUMBER && !DIGITS.test(line.slice(start, end))) return false;
      cuts[2 * index] = start;
      cuts[2 * index + 1] = end;
      at = next === NO_CUT ? NO_CUT : next + 1;
    }
    return true;
  };

  return {
    ...definition,
    usage: [
      definition.name,
      ...parameters.map(({ name, type }) =>
        isOptional(type) ? `[${shown(name, type)}]` : shown(name, type),
      ),
      ...options.map(({ name, type }) => `[${name} ${type === number ? 'N' : 'WORD'}]`),
    ].join(' '),
    // One function: in a thread that has just begun each call costs.
    cut(line, from) {
      const cuts: number[] = [];
      let at = from;
      for (let index = 0; index < count; index++) {
        if (at === NO_CUT) {
          if (index < required) return undefined;
          cuts.push(NO_CUT, NO_CUT);
        } else if (kinds[index] === TEXT) {
          cuts.push(textStart(line, at), textEnd(line, at));
          at = NO_CUT;
        } else {
          const space = line.indexOf(' ', at);
          const end = space === NO_CUT ? line.length : space;
          if (kinds[index] === NUMBER && !DIGITS.test(line.slice(at, end))) return undefined;
          cuts.push(at, end);
          at = space === NO_CUT ? NO_CUT : space + 1;
        }
      }
      return options.length === 0 || cutOptions(cuts, line, at) ? cuts : undefined;
    },
    read(line, cuts, at) {
      const input: Record<string, string | number> = {};
      for (let index = 0; index < names.length; index++) {
        const start = cuts[at + 2 * index]!;
        if (start === NO_CUT) continue;
        const piece = line.slice(start, cuts[at + 2 * index + 1]);
        input[names[index]!] = kinds[index] === NUMBER ? Number(piece) : piece;
      }
      return input;
    },
    run: definition.run as unknown as Command['run'],
  };
}

const isOptional = (type: z.core.$ZodType): boolean => type instanceof z.ZodMiniOptional;

const shown = (name: string, type: z.core.$ZodType): string =>
  `${name.toUpperCase()}${type === text ? '…' : ''}`;
