import { Fault } from './fault.ts';
import { membersOf, readReply, type Value } from './reply.ts';
import type { Account, Session, World } from './world.ts';

/** What must come back for one request. */
export interface Expected {
  /** What the request was, for the report. */
  readonly kind: string;
  /**
   * Checks the reply and lets it take effect. Returns what it was, for the report.
   *
   * @throws Fault when it is another one than it must be; the message goes on from "the reply".
   */
  check(reply: string): string;
  /** There will be no reply that anyone sees. */
  giveUp?(): void;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SLOWED_DOWN = /^\{"status": "ERROR", "message": "Too many failed logins, try again in ([1-9]\d?) s"\}$/;
const LONGEST_WAIT_S = 60;
/** So many sessions are online by one connection. */
const MOST_HERE = 32;

const errorReply = (message: string): string => `{"status": "ERROR", "message": "${message}"}`;

function demand(reply: string, wanted: string): void {
  if (reply !== wanted) throw new Fault(`must be ${wanted}`);
}

/** Exactly this OK; `done` is called when it has come. */
export function ok(kind: string, wanted: string, done: () => void): Expected {
  return {
    kind,
    check(reply) {
      demand(reply, wanted);
      done();
      return 'OK';
    },
  };
}

/** Exactly this error. */
export function refusal(kind: string, message: string, done: () => void = () => {}): Expected {
  return {
    kind,
    check(reply) {
      demand(reply, errorReply(message));
      done();
      return message;
    },
  };
}

/** A login's reply: `error`, or OK with a new token when there is none; with `mayBeRefused` also that there were too many failures. */
export function loginReply(
  error: string | undefined,
  mayBeRefused: boolean,
  done: (token: string | undefined) => void,
): Expected {
  return {
    kind: 'auth',
    check(reply) {
      const wait = SLOWED_DOWN.exec(reply)?.[1];
      if (mayBeRefused && wait !== undefined && Number(wait) <= LONGEST_WAIT_S) {
        done(undefined);
        return 'Too many failed logins';
      }
      if (error !== undefined) {
        demand(reply, errorReply(error));
        return error;
      }
      const [status, token] = membersOf(readReply(reply), 'status', 'tokenid');
      if (status !== 'OK' || typeof token !== 'string' || !UUID.test(token))
        throw new Fault('must hold a token');
      done(token);
      return 'OK';
    },
  };
}

/** The lists of an inbox reply by sender: `[msg_from, msg_to, msg]` for each message. @throws Fault when it is none. */
export function readInbox(reply: string): Map<string, string[][]> {
  const [status, messages] = membersOf(readReply(reply), 'status', 'messages');
  if (status !== 'OK' || !(messages instanceof Map)) throw new Fault('must be an inbox');
  return new Map(
    [...(messages as ReadonlyMap<string, Value>)].map(([username, list]) => {
      if (!Array.isArray(list)) throw new Fault('must hold a list of messages for each sender');
      return [username, list.map((message) => membersOf(message, 'msg_from', 'msg_to', 'msg') as string[])];
    }),
  );
}

/** The latest reply and what it lists: the same one comes many times in a row. */
let latest: { world: World; reply: string; listed: ReadonlyMap<Account, number> } | undefined;

/** How many sessions an online reply lists of each account. @throws Fault when it shows anything but public ids, usernames, names and countries. */
function readOnline(world: World, reply: string): ReadonlyMap<Account, number> {
  if (latest?.reply === reply && latest.world === world) return latest.listed;
  const [status, messages] = membersOf(readReply(reply), 'status', 'messages');
  if (status !== 'OK' || !(messages instanceof Map)) throw new Fault('must be who is online');
  const listed = new Map<Account, number>();
  for (const [id, entry] of messages as ReadonlyMap<string, Value>) {
    const [username, userdetail] = membersOf(entry, 'username', 'userdetail');
    const [nama, negara] = membersOf(userdetail, 'nama', 'negara');
    const account = world.accounts.get(username as string);
    if (!account || account.nama !== nama || account.negara !== negara) throw new Fault('lists a stranger');
    if (!UUID.test(id)) throw new Fault('must list sessions by uuid');
    if (world.sessions.has(id)) throw new Fault('shows a token');
    listed.set(account, (listed.get(account) ?? 0) + 1);
  }
  latest = { world, reply, listed };
  return listed;
}

/** Who is online, asked at `asked` on a connection with these sessions. */
export function onlineReply(world: World, asked: number, attached: ReadonlySet<Session>): Expected {
  return {
    kind: 'online',
    check(reply) {
      const listed = readOnline(world, reply);
      const here = new Map<Account, number>();
      for (const { account } of attached) here.set(account, (here.get(account) ?? 0) + 1);
      for (const [{ username }, count] of here) {
        const shown = listed.get(world.accounts.get(username)!) ?? 0;
        if (shown < count && attached.size <= MOST_HERE)
          throw new Fault(`lacks a session of ${JSON.stringify(username)} on this connection`);
      }
      for (const [{ username, sessions, loggingIn }, count] of listed) {
        const present = sessions.filter(
          ({ ended, users, left }) => ended >= asked && (users > 0 || left >= asked),
        );
        if (count > loggingIn + present.length) {
          throw new Fault(
            `lists a session of ${JSON.stringify(username)} that has ended or has no connection`,
          );
        }
      }
      return 'OK';
    },
  };
}

/** The sessions of the account that this session is of. */
export function sessionsReply(world: World, session: Session, done: () => void): Expected {
  return {
    kind: 'sessions',
    check(reply) {
      const [status, messages] = membersOf(readReply(reply), 'status', 'messages');
      if (status !== 'OK' || !(messages instanceof Map)) throw new Fault('must be the sessions');
      let current = 0;
      for (const [id, state] of messages as ReadonlyMap<string, Value>) {
        const [started, used, connected, own] = membersOf(
          state,
          'started_at',
          'used_at',
          'connected',
          'current',
        );
        if (!UUID.test(id) || world.sessions.has(id)) throw new Fault('must list sessions by public id');
        if (Number(started) > Number(used)) throw new Fault('lists a session used before it started');
        if (own && !connected) throw new Fault('lists the session it came in on as not connected');
        if (own) current++;
      }
      if (current !== 1) throw new Fault('must tell which session this is');
      const { sessions, loggingIn } = session.account;
      if (messages.size > sessions.length + loggingIn) throw new Fault('lists a session that never was');
      done();
      return 'OK';
    },
  };
}
