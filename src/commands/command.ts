import * as z from 'zod/mini';
import type { Reply } from '../protocol/reply.ts';
import { cutWords, unframeText } from '../protocol/request.ts';
import type { Account, Store } from '../store/store.ts';

/** One word of a request. */
export const word = z.string();
/** The rest of a request's line: may be the last argument of a command. */
export const text = z.pipe(z.string(), z.transform(unframeText));

/** A login: what a token stands for. `id` is public, the token is not. */
export interface Session {
  readonly id: string;
  readonly account: Account;
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
  /** The sessions that have a live connection, in order of login: the same array until that changes. */
  online(): readonly Session[];
}

/** The connection that a request came in on. */
export interface Caller {
  login(session: Session): void;
  /** The id of the last message of `account` that a reply on this connection has carried; 0 when there is none. */
  carried(account: Account): number;
  /**
   * Notes that the coming reply carries all unread messages of `account` from the last carried one up to the one
   * with the id `upTo`. They become read once the client shows that it has the reply.
   */
  deliver(account: Account, upTo: number): void;
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
  /** Checks the password given for an account; without a hash there is no such account. Takes tens of milliseconds, off the main thread. */
  readonly checkPassword: (
    username: string,
    passwordHash: string | undefined,
    password: string,
  ) => Promise<LoginVerdict>;
  /** Writes the brief's line for this request to the log. `line` is called only when it will be shown. */
  readonly log: (line: () => string) => void;
  /** Wall-clock time in milliseconds. */
  readonly now: () => number;
}

type Shape = Record<string, z.core.$ZodType>;
type Arguments<S extends Shape> = z.output<z.ZodMiniObject<S>>;

/**
 * A command of the protocol, as its file declares it.
 *
 * The arguments' keys, in order, are the words behind the command's name. A connection thread checks them;
 * `run` is called in the main thread, and whatever of it comes before its first await is one step that
 * nothing else can come between.
 */
export interface CommandDefinition<S extends Shape = Shape, Who = Session | undefined> {
  readonly name: string;
  readonly arguments: S;
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
  run(input: Arguments<S>, surroundings: Surroundings, session: Who): Reply | Promise<Reply>;
}

/** A command made ready for both sides: `parse` for the connection threads, the rest for the main thread. */
export interface Command extends Omit<CommandDefinition, 'run'> {
  /** The request as a person would write it: `send TOKEN USERNAME TEXT…`. */
  readonly usage: string;
  /** The checked arguments from what follows the command's name, or undefined when one is missing. */
  parse(rest: string | undefined): CheckedArguments | undefined;
  run(
    input: CheckedArguments,
    surroundings: Surroundings,
    session: Session | undefined,
  ): Reply | Promise<Reply>;
}

/** Arguments that passed the command's schema; they cross from thread to thread as they are. */
export type CheckedArguments = Readonly<Record<string, string | undefined>>;

type SessionNeed = CommandDefinition['session'];
type WhoFor<N extends SessionNeed> = N extends 'none' ? undefined : Session;

export function defineCommand<S extends Shape, N extends SessionNeed>(
  definition: Omit<CommandDefinition<S, WhoFor<N>>, 'session'> & { readonly session: N },
): Command {
  const names = Object.keys(definition.arguments);
  const endsInText = definition.arguments[names.at(-1) ?? ''] === text;
  const required = names.filter((name) => !(definition.arguments[name] instanceof z.ZodMiniOptional)).length;
  const parameters = names.map((name) => {
    const optional = definition.arguments[name] instanceof z.ZodMiniOptional;
    const shown = `${name.toUpperCase()}${definition.arguments[name] === text ? '…' : ''}`;
    return optional ? `[${shown}]` : shown;
  });
  return {
    ...definition,
    usage: [definition.name, ...parameters].join(' '),
    parse(rest) {
      const words = cutWords(rest, names.length, endsInText);
      // All arguments are words or the text, and all required ones stand first: being there is all that there is to check.
      if (words.length < required) return undefined;
      const input: Record<string, string> = {};
      for (const [index, value] of words.entries()) {
        const isText = endsInText && index === names.length - 1;
        input[names[index]!] = isText ? unframeText(value) : value;
      }
      return input;
    },
    run: definition.run as unknown as Command['run'],
  };
}
