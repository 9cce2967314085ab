import type { Address } from './address.ts';
import type { Asked } from './asked.ts';
import { type Expected, loginReply, ok, onlineReply, refusal, sessionsReply } from './expected.ts';
import { Looks } from './looks.ts';
import { PASSWORD, type Session, type World } from './world.ts';

const BAD_PASSWORD = 'Password must have 1 to 200 characters, no spaces and no control characters';

type AskedFor<Kind extends Asked['kind']> = Extract<Asked, { kind: Kind }>;

/**
 * Knows what each request of one connection must be answered with.
 *
 * That is decided when the request is written, but for what depends on replies that are still to come.
 */
export class Oracle {
  readonly #world: World;
  readonly #address: Address;
  readonly #looks: Looks;
  /** The sessions whose tokens were written here. */
  readonly #used = new Set<Session>();
  /** Those of them that the server has seen. */
  readonly #attached = new Set<Session>();
  #login: Session | undefined;

  /** `idle`: whether everything that was written is answered. */
  constructor(world: World, address: Address, idle: () => boolean) {
    this.#world = world;
    this.#address = address;
    this.#looks = new Looks(world, idle);
  }

  /** More is about to be written, or may look to the server as if it were written only now. */
  overtake(): void {
    this.#looks.overtake();
  }

  /** A reply has come, or the server has closed in order. */
  prove(): void {
    this.#looks.prove();
  }

  /** The connection has ended; `inOrder`: so that the server certainly knows. */
  leave(inOrder: boolean): void {
    for (const session of this.#used) {
      session.users--;
      session.left = Math.max(session.left, inOrder ? this.#world.now : Number.POSITIVE_INFINITY);
    }
    this.#used.clear();
  }

  expect(asked: Asked): Expected {
    switch (asked.kind) {
      case 'auth':
        return this.#expectLogin(asked);
      case 'send':
        return this.#expectSent(asked);
      case 'online':
        return this.#expectOnline(asked.token);
      case 'inbox':
      case 'logout':
      case 'sessions':
      case 'passwd':
      case 'profile': {
        const session = this.#use(asked.token);
        if (!session) return refusal(asked.kind, 'Informasi tidak ditemukan');
        return this.#expectFor(session, asked);
      }
      case 'register':
        return refusal(asked.kind, 'Registration is closed');
      case 'unknown command':
        return refusal(asked.kind, '**Protocol Tidak Benar');
      case 'missing argument':
        return refusal(asked.kind, '--Protocol Tidak Benar');
      case 'not UTF-8':
        return refusal(asked.kind, 'Request is not valid UTF-8');
      case 'too long':
        return refusal(asked.kind, 'Request is too long');
    }
  }

  #expectFor(
    session: Session,
    asked: AskedFor<'inbox' | 'logout' | 'sessions' | 'passwd' | 'profile'>,
  ): Expected {
    const attach = (): unknown => this.#attached.add(session);
    switch (asked.kind) {
      case 'inbox':
        return this.#expectInbox(session);
      case 'logout':
        return asked.which === ''
          ? this.#expectLogout(session)
          : refusal(asked.kind, 'Session not found', attach);
      case 'sessions':
        return sessionsReply(this.#world, session, attach);
      case 'passwd':
        return this.#expectNoChange(session, asked, attach);
      case 'profile':
        throw new Error('none is written with a token that is good');
    }
  }

  /** A new password is only asked for with a wrong old one. */
  #expectNoChange(
    { account: { username } }: Session,
    { fresh }: AskedFor<'passwd'>,
    attach: () => unknown,
  ): Expected {
    if (fresh === '') return refusal('passwd', BAD_PASSWORD, attach);
    const mayBeRefused = this.#address.mayBeSlowedDown(username);
    this.#address.failed(username);
    return loginReply('Password Salah', mayBeRefused, attach);
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
    const look = this.#looks.expect(session.account.mailbox);
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
