import type { Address } from './address.ts';
import { type Expected, loginReply, ok, onlineReply, refusal } from './expected.ts';
import { Fault } from './fault.ts';
import { Looks } from './looks.ts';
import { type Asked, RequestReader } from './request.ts';
import { PASSWORD, type Session, type World } from './world.ts';

type AskedFor<Kind extends Asked['kind']> = Extract<Asked, { kind: Kind }>;

/**
 * The oracle: knows from the bytes of one connection which replies must come, in which order, and what they say.
 *
 * It is told of bytes before they are written and of replies when they come. What a request is answered with is decided
 * when it is written, but for what depends on replies that are still to come.
 */
export class Conversation {
  readonly #world: World;
  readonly #address: Address;
  readonly #reader = new RequestReader();
  readonly #owed: Expected[] = [];
  readonly #looks: Looks;
  /** The sessions whose tokens were written here. */
  readonly #used = new Set<Session>();
  /** Those of them that the server has seen. */
  readonly #attached = new Set<Session>();
  #login: Session | undefined;
  #over = false;

  constructor(world: World, address: Address) {
    this.#world = world;
    this.#address = address;
    this.#looks = new Looks(world);
  }

  /** How many replies are still to come. */
  get owed(): number {
    return this.#owed.length;
  }

  /** A request was too long: the server closes behind that reply. */
  get over(): boolean {
    return this.#over;
  }

  /** These bytes are about to be written. */
  write(bytes: Buffer): void {
    this.#world.tick();
    if (this.#over) return;
    this.#looks.overtake();
    for (const asked of this.#reader.push(bytes)) {
      this.#world.tally.requests++;
      this.#owed.push(this.#expect(asked));
    }
  }

  /** What was written last may reach the server in pieces, so that one looks as if it had been sent behind the reply to another. */
  scatter(): void {
    this.#looks.overtake();
  }

  /** The end is about to be written. */
  finish(): void {
    this.#world.tick();
    this.#looks.overtake();
  }

  /** @throws Fault when this is not the reply that must come now. */
  reply(reply: string): void {
    this.#world.tick();
    this.#looks.prove();
    const expected = this.#owed.shift();
    if (!expected) throw new Fault('a reply came that nobody asked for');
    try {
      this.#world.tally.reply(expected.kind, expected.check(reply));
    } catch (error) {
      throw new Fault(`the reply to ${expected.kind} ${(error as Error).message}`, { cause: error });
    }
  }

  /** The server has closed. @throws Fault when it owed a reply. */
  close(): void {
    this.#world.tick();
    this.#looks.prove();
    for (const session of this.#used) {
      session.users--;
      session.left = Math.max(session.left, this.#world.now);
    }
    this.#used.clear();
    const [oldest] = this.#owed;
    if (oldest) throw new Fault(`the server closed owing ${this.owed} replies, the first to ${oldest.kind}`);
  }

  /** The connection is broken off; no reply will be seen any more. */
  giveUp(): void {
    this.#world.tick();
    for (const session of this.#used) {
      session.users--;
      session.left = Number.POSITIVE_INFINITY;
    }
    this.#used.clear();
    this.#world.tally.abandoned += this.owed;
    for (const { giveUp } of this.#owed.splice(0)) giveUp?.();
  }

  #expect(asked: Asked): Expected {
    switch (asked.kind) {
      case 'auth':
        return this.#expectLogin(asked);
      case 'send':
        return this.#expectSent(asked);
      case 'online':
        return this.#expectOnline(asked.token);
      case 'inbox':
      case 'logout': {
        const session = this.#use(asked.token);
        if (!session) return refusal(asked.kind, 'Informasi tidak ditemukan');
        return asked.kind === 'inbox' ? this.#expectInbox(session) : this.#expectLogout(session);
      }
      case 'unknown command':
        return refusal(asked.kind, '**Protocol Tidak Benar');
      case 'missing argument':
        return refusal(asked.kind, '--Protocol Tidak Benar');
      case 'not UTF-8':
        return refusal(asked.kind, 'Request is not valid UTF-8');
      case 'too long':
        this.#over = true;
        return refusal(asked.kind, 'Request is too long');
    }
  }

  /** The session that a request with this token has. */
  #use(token: string): Session | undefined {
    const session = this.#world.liveSession(token);
    if (session && !this.#used.has(session)) {
      this.#used.add(session);
      session.users++;
    }
    return session;
  }

  #expectLogin({ username, password }: AskedFor<'auth'>): Expected {
    const account = this.#world.accounts.get(username);
    const right = account !== undefined && password === PASSWORD;
    const mayBeRefused = this.#address.mayBeSlowedDown(username);
    if (!right) {
      this.#address.failed(username);
      return loginReply(account ? 'Password Salah' : 'User Tidak Ada', mayBeRefused, () => {});
    }
    account.loggingIn++;
    return loginReply(undefined, mayBeRefused, (token) => {
      account.loggingIn--;
      if (token === undefined) return;
      this.#login = this.#world.login(account, token);
      this.#attached.add(this.#login);
      this.#use(token);
    });
  }

  #expectSent({ token, username, text }: AskedFor<'send'>): Expected {
    const session = this.#use(token);
    if (!session) return refusal('send', 'Informasi tidak ditemukan');
    const recipient = this.#world.accounts.get(username);
    const attach = (): unknown => this.#attached.add(session);
    if (!recipient) return refusal('send', 'User Tidak Ditemukan', attach);
    const flow = recipient.mailbox.flow(session.account);
    const message = flow.post(text);
    const sent = ok('send', '{"status": "OK", "message": "Message Sent"}', () => {
      attach();
      flow.acknowledge(message, this.#world.now);
      this.#world.tally.sent++;
    });
    return { ...sent, giveUp: () => flow.giveUp(message) };
  }

  #expectInbox(session: Session): Expected {
    const isLast = (): boolean => this.owed === 0 && !this.#reader.withinLine;
    const look = this.#looks.expect(session.account.mailbox, this.owed === 0, isLast);
    return {
      ...look,
      check: (reply) => {
        this.#attached.add(session);
        return look.check(reply);
      },
    };
  }

  #expectOnline(token: string): Expected {
    const session = this.#use(token);
    const at = this.#world.now;
    const shown = onlineReply(this.#world, at, this.#attached);
    const refused = refusal('online', 'Informasi tidak ditemukan');
    return {
      kind: 'online',
      check: (reply) => {
        if (session) this.#attached.add(session);
        const allowed = token === '' ? this.#login !== undefined : session !== undefined;
        return (allowed ? shown : refused).check(reply);
      },
    };
  }

  #expectLogout(session: Session): Expected {
    session.live = false;
    return ok('logout', '{"status": "OK", "messages": "Logged out successfully"}', () => {
      session.ended = this.#world.now;
      this.#attached.delete(session);
      if (this.#login === session) this.#login = undefined;
    });
  }
}
