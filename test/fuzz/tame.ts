import type { Random } from '../support/random.ts';
import { readRequest } from './asked.ts';
import { type Account, PASSWORD, type World } from './world.ts';

/** Each costs the server 30 ms of a processor, so few of the many that come about are let through. */
const LOGIN_SHARE = 0.04;
const LOGOUT_SHARE = 0.1;
/** Failed logins of one connection, and with one username; more would be slowed down. */
const MOST_GUESSES = 45;
const MOST_GUESSES_FOR_ONE = 4;
const TAG_FROM = 40;

/** What is judged by whose session it is. */
const MATTERS: ReadonlySet<string> = new Set(['send', 'logout', 'passwd', 'profile']);

const LF = 0x0a;
const SPACE = 0x20;

/**
 * Changes requests that a run could not afford (logins) or could not judge, because what they do depends on what
 * another connection does meanwhile: who logs in and out, and sends, from accounts that others use; the same text twice.
 */
export class Tamer {
  readonly #world: World;
  readonly #visitor: number;
  readonly #own: readonly Account[];
  /** Short texts that were sent, with their recipient. */
  readonly #sent = new Set<string>();
  #tags = 0;

  /** `own`: the visitor's accounts; only it logs in and out there, and sends from them. */
  constructor(world: World, visitor: number, own: readonly Account[]) {
    this.#world = world;
    this.#visitor = visitor;
    this.#own = own;
  }

  /** For the requests of one connection. */
  forConnection(random: Random): TameConnection {
    const guesses = new Map<string, number>();
    let guessed = 0;
    const mayGuess = (username: string): boolean => {
      const before = guesses.get(username) ?? 0;
      guesses.set(username, before + 1);
      return before < MOST_GUESSES_FOR_ONE && ++guessed <= MOST_GUESSES;
    };
    return (bytes, mayLogIn) => {
      let changesSessions = false;
      const may = (share: number): boolean => {
        const allowed = mayLogIn && !changesSessions && random.chance(share);
        changesSessions ||= allowed;
        return allowed;
      };
      const lines = linesOf(bytes).map((line) => {
        const asked = readRequest(line.subarray(0, -1));
        if (asked.kind === 'auth') {
          return this.#mayTry(asked, may, mayGuess) ? line : spoilt(line);
        }
        if (!MATTERS.has(asked.kind) || !('token' in asked)) return line;
        const session = this.#world.liveSession(asked.token);
        if (!session) return line;
        if (!this.#own.includes(session.account)) return spoilt(line);
        if (asked.kind === 'send') return this.#unique(line, asked);
        // The names are in what others are shown.
        if (asked.kind === 'profile') return spoilt(line);
        if (asked.kind === 'passwd') {
          if (asked.fresh === '') return line;
          const { username } = session.account;
          return this.#mayChange(asked) && mayGuess(username) && may(LOGIN_SHARE) ? line : spoilt(line);
        }
        if (asked.kind === 'logout' && asked.which !== '') {
          // It would leave none to go on with.
          return asked.which === 'all' ? spoilt(line) : line;
        }
        const others = session.account.sessions.filter(({ live }) => live).length - 1;
        return others > 0 && may(LOGOUT_SHARE) ? line : spoilt(line);
      });
      return { bytes: Buffer.concat(lines), changesSessions };
    };
  }

  #mayTry(
    { username, password }: { username: string; password: string },
    may: (share: number) => boolean,
    mayGuess: (username: string) => boolean,
  ): boolean {
    const account = this.#world.accounts.get(username);
    if (account && password === PASSWORD) return this.#own.includes(account) && may(LOGIN_SHARE);
    return mayGuess(username) && (!account || may(LOGIN_SHARE));
  }

  /** A right one would end the account's other sessions. Of new passwords, those that are certainly good or bad. */
  #mayChange({ old, fresh }: { old: string; fresh: string }): boolean {
    return old !== PASSWORD && /^[!-~]{0,200}$/.test(fresh);
  }

  /** The line with a number in front of its text, when the text is long or was sent before. */
  #unique(line: Buffer, { username, text }: { username: string; text: string }): Buffer {
    const key = `${username} ${text}`;
    if (text.length < TAG_FROM && !this.#sent.has(key)) {
      this.#sent.add(key);
      return line;
    }
    let place = 0;
    for (let spaces = 0; spaces < 3; spaces++) place = line.indexOf(SPACE, place) + 1;
    if (line[place] === SPACE) place++;
    const tag = Buffer.from(`~${this.#visitor}.${++this.#tags}~`);
    return Buffer.concat([line.subarray(0, place), tag, line.subarray(place)]);
  }
}

/** `mayLogIn`: whether a login or logout may be among them; when there is one, its reply must be waited for. */
export type TameConnection = (
  bytes: Buffer,
  mayLogIn: boolean,
) => { bytes: Buffer; changesSessions: boolean };

/** With their LF; there is nothing behind the last. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += lines.at(-1)!.length) {
    lines.push(bytes.subarray(start, bytes.indexOf(LF, start) + 1));
  }
  return lines;
}

/** With a command that there is not. */
function spoilt(line: Buffer): Buffer {
  return Buffer.concat([Buffer.from(line.toString('latin1', 0, 1).toUpperCase()), line.subarray(1)]);
}
