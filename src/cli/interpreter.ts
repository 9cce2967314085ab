import { ConnectionLostError, ProtocolError, RefusedError } from '../client/client.ts';
import type { ChatOptions } from '../client/options.ts';
import { printable, printableName } from '../printable.ts';
import { complete, needsNames } from './completion.ts';
import { liveCommands, liveHelp, runLive } from './live/commands.ts';
import type { Lines } from './live/lines.ts';
import { Live } from './live/live.ts';
import { commandHelp, conversationHelp, type OpenSession, registerHelp } from './screen.ts';
import { type ChatSession, failure, failures, type Outcome } from './session.ts';

export interface InterpreterOptions {
  readonly open: OpenSession;
  readonly server: ChatOptions;
  readonly lines: Lines;
  /** What happens is shown as JSON. */
  readonly json: boolean;
  /** Shows what nobody has asked for just now. */
  readonly print: (text: string) => void;
  readonly show: (outcome: Outcome) => void;
  /** The prompt is another now. */
  readonly changed: () => void;
}

const gone = (why = 'the server has gone away'): string => `${why}; type connect to try again`;
const away = (why = 'the connection is lost'): string => `${why}; trying again by itself`;
const LOGIN_OVER = 'your login has ended; log in again with auth';

/**
 * What is done with a line typed on a terminal: the commands of the brief, which are the session's; once somebody has logged in, what happens
 * is shown too, over one and the same connection, and there are conversations in which a line is a message.
 */
export class Interpreter {
  readonly #options: InterpreterOptions;
  readonly #session: ChatSession;
  readonly #live: Live;
  #closed = false;

  constructor(options: InterpreterOptions) {
    const { open, server, lines, json, print, show, changed } = options;
    this.#options = options;
    this.#session = open(
      print,
      (advice) => show(failure(failures.unreachable, gone(advice))),
      (messages) => lines.inbox(messages) || lines.note('(nothing new)'),
    );
    this.#live = new Live({
      server,
      lines,
      json,
      print,
      changed,
      // A command that waits for the server says itself that it has gone.
      onLost: (reason) => {
        const why = away(reason instanceof ProtocolError ? reason.message : undefined);
        if (this.#session.busy) print(lines.note(`(${why})`));
        else show(failure(failures.unreachable, why));
      },
      onBack: () => show({ ok: true, text: lines.note('connected again') }),
      onEnded: (reason) => void this.#loginOver(reason),
    });
  }

  /** What stands before the prompt, in brackets; empty when there is nothing to say. */
  get notice(): string {
    return this.#live.notice;
  }

  get prompt(): string {
    return this.here === undefined ? this.#session.prompt : `${printableName(this.here)}> `;
  }

  /** Whom the open conversation is with. */
  get here(): string | undefined {
    return this.#live.here;
  }

  connect(): Promise<Outcome> {
    return this.#session.connect();
  }

  isMessage(line: string): boolean {
    return this.here !== undefined && !/^\/(?!\/)/.test(line);
  }

  /** Resolves to what is to be shown, if there is something, or to 'exit'. */
  async run(line: string): Promise<Outcome | 'exit' | undefined> {
    // What waited for a command that was broken off.
    if (this.#closed) return undefined;
    if (this.isMessage(line)) {
      if (line.trim() !== '') this.#live.say(line.replace(/^\/\//, '/'));
      return undefined;
    }
    const command = this.here === undefined ? line : line.slice(1);
    const name = /^\S*/.exec(command.trim())![0];
    if (name === 'exit') return 'exit';
    if (name === 'help') return { ok: true, text: this.#help() };
    if (this.here !== undefined && (name === 'leave' || name === 'back')) {
      this.leave();
      return undefined;
    }
    return Object.hasOwn(liveCommands, name)
      ? runLive(this.#live, this.#options.lines, command.trimStart())
      : this.#runBrief(name, command);
  }

  /** Leaves the conversation; false when there is none. */
  leave(): boolean {
    const left = this.here !== undefined;
    if (left) this.#live.leave();
    return left;
  }

  async complete(line: string): Promise<[string[], string]> {
    const inConversation = this.here !== undefined;
    if (needsNames(line, inConversation)) {
      await (this.#live.begun ? this.#live.learnNames() : this.#session.learnUsers());
    }
    const names = [...new Set([...this.#session.knownUsers, ...this.#live.names])];
    return complete(line, {
      inConversation,
      users: names.filter((known) => !known.startsWith('#')),
      groups: names.filter((known) => known.startsWith('#')),
    });
  }

  /** Resolves when all that was typed in conversations is sent, or cannot be sent now. */
  sent(): Promise<void> {
    return this.#live.sent();
  }

  /** Leaves in order; what is not sent is told. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#live.end();
    this.#live.forget();
    await this.#session.close();
  }

  #help(): string {
    const { lines } = this.#options;
    return [
      commandHelp,
      registerHelp,
      lines.note('logged in, what is sent to you appears by itself; besides:'),
      liveHelp,
      lines.note('in a conversation:'),
      conversationHelp,
    ].join('\n');
  }

  async #runBrief(name: string, command: string): Promise<Outcome | undefined> {
    if (name === 'connect' && this.#live.begun) {
      const { host, port } = this.#options.server;
      const connected = await this.#live.hurry();
      return connected
        ? { ok: true, text: printable(`connected to ${host}:${port}`) }
        : failure(failures.unreachable);
    }
    // What was typed before belongs to the login that there is.
    if (name === 'auth' || name === 'register' || name === 'logout') await this.#live.sent();
    // A server ends connections on which nobody logs in for long; whoever comes back to one need not know.
    if ((name === 'auth' || name === 'register') && !this.#session.connected) {
      const connected = await this.#connect();
      if (!connected.ok) return connected;
    }
    const before = this.#session.login;
    const outcome = await this.#ask(name, command);
    const { login } = this.#session;
    if (login && (login !== before || name === 'connect')) {
      // Shown first, for what was missed is shown as soon as it comes.
      this.#options.show(outcome);
      await this.#listen();
      return undefined;
    }
    if (login !== before) await this.#hangUp();
    if (name === 'inbox' && outcome.ok) this.#live.recount();
    return outcome;
  }

  async #ask(name: string, command: string): Promise<Outcome> {
    const words = command.trim().split(/ +/).slice(1);
    if (name === 'register') {
      return words.length < 4 ? failure(failures.missingArgument) : this.#session.register(words);
    }
    return name === 'logout' && words.length > 0
      ? this.#session.logout(words[0])
      : this.#session.run(command);
  }

  /** Goes on over a connection that listens. When that cannot be, what the brief has works all the same. */
  async #listen(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#live.begin(this.#session.login!);
    } catch (error) {
      if (!(error instanceof ConnectionLostError || error instanceof RefusedError)) throw error;
      await this.#session.borrow(undefined);
      if (!this.#session.connected) await this.#connect();
      const { lines, print } = this.#options;
      print(
        lines.note(
          `(what is sent to you is not shown by itself: ${error.message}; type connect to try again)`,
        ),
      );
      return;
    }
    await this.#session.borrow(this.#live);
  }

  async #hangUp(): Promise<void> {
    await this.#session.borrow(undefined);
    await this.#live.end();
    this.#live.forget();
    await this.#connect();
  }

  /** Whoever has left meanwhile keeps no connection. */
  async #connect(): Promise<Outcome> {
    if (this.#closed) return failure(failures.unreachable);
    const outcome = await this.#session.connect();
    if (this.#closed) await this.#session.close();
    return outcome;
  }

  async #loginOver({ message }: Error): Promise<void> {
    this.#session.forgetLogin();
    await this.#session.borrow(undefined);
    this.#options.show(failure(`Error, ${printable(message)}`, LOGIN_OVER));
    await this.#connect();
    this.#options.changed();
  }
}
