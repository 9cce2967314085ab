import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { isLoopback } from '../address.ts';
import type { ServerSettings } from '../config.ts';
import { ControlServer } from '../control/server.ts';
import { Hub } from '../live/hub.ts';
import { Presence } from '../live/presence.ts';
import type { Log } from '../log.ts';
import { StartupError } from '../startup-error.ts';
import { Steps } from '../steps.ts';
import type { HeldLog } from '../store/checkpointing.ts';
import type { DiskTrouble } from '../store/disk-health.ts';
import { databasePath } from '../store/folder.ts';
import { openDatabase } from '../store/open.ts';
import { actAsOwner, asMyself } from '../store/owner.ts';
import { readersOf } from '../store/readers.ts';
import { SqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { directWorks } from '../threads/direct.ts';
import type { ThreadPool } from '../threads/pool.ts';
import { Supervisor } from '../threads/supervisor.ts';
import { Tally } from '../threads/tally.ts';
import { measureThread } from '../threads/thread-cost.ts';
import { compileThreadProgram } from '../threads/thread-program.ts';
import { Versions } from '../threads/versions.ts';
import {
  type CertificateFiles,
  certificateFiles,
  loadCertificate,
  reloadCertificate,
} from './certificate.ts';
import { Cleaner } from './cleaner.ts';
import { ClockWatch } from './clock-watch.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { Dispatcher } from './dispatcher.ts';
import { importAccounts, type ProgramFiles } from './import-accounts.ts';
import { warnOfKnownPasswords } from './known-passwords.ts';
import { LoginGuard } from './login-guard.ts';
import { Logins } from './logins.ts';
import { operate } from './operate.ts';
import { Registrar } from './registrar.ts';
import { SessionTable } from './sessions.ts';
import { sizeUp, startPool } from './start-pool.ts';
import { StepLog } from './step-log.ts';

/** Connections that the kernel completes for us while we are busy. */
const BACKLOG = 4096;
const EXPIRE_EVERY_MS = 60_000;

/** A running server. */
export class Server {
  readonly address: AddressInfo;
  /** Resolves when an operator has asked the server to stop. */
  readonly stopAsked: Promise<void>;
  readonly #parts: Parts;

  private constructor(address: AddressInfo, stopAsked: Promise<void>, parts: Parts) {
    this.address = address;
    this.stopAsked = stopAsked;
    this.#parts = parts;
  }

  /**
   * Opens the data, imports accounts if there are none, and listens; resolves when it accepts connections.
   *
   * @throws StartupError with one sentence when something is in the way.
   */
  static async start(settings: ServerSettings, files: ProgramFiles, log: Log): Promise<Server> {
    // Read once, so that an upgrade on disk cannot mix two versions in one process.
    const program = compileThreadProgram(await readFile(files.thread, 'utf8'));
    const certificate = certificateFiles(settings);
    const tls = certificate && {
      context: loadCertificate(certificate, log),
      handshakeTimeout: settings.handshakeTimeout,
    };
    const owner = actAsOwner(settings.data);
    if (owner) log.write('info', `acts as ${owner}, whose data folder it is, and not as root`);
    const direct = await directWorks();
    if (!direct)
      log.write(
        'warn',
        'sockets are read and written in the documented way alone, which is slower: this Node is not as expected',
      );
    // While nothing else goes on.
    const cost = await measureThread(tls !== undefined);
    const steps = new Steps();
    const stepLog = new StepLog(log);
    steps.onOver = (step) => stepLog.tell(step);
    const versions = new Versions();
    const hub = new Hub(steps);
    const store = new SqliteStore(openDatabase(settings.data), {
      inbox: { messages: settings.maxUnread, bytes: settings.maxUnreadSize },
      onHappening: (happening) => {
        // What a reply to `inbox` may show (see Versions).
        if (happening.kind === 'message' && typeof happening.to === 'number') {
          versions.accountChanged(happening.to);
        }
        hub.happened(happening);
      },
      onDisk: (trouble) => {
        tellDisk(trouble, log);
        // A flush that failed may have left something stored that nobody was told of.
        if (!trouble) hub.interruptAll();
      },
      onHeldLog: (held) => tellHeldLog(held, settings.data, log),
      filling: {
        onLeft: (left) => tellFilling(left, log),
        onFailed: (error) => log.fault('words of messages could not be made searchable', error),
      },
      steps,
    });
    const listener = createServer({ pauseOnConnect: true, noDelay: true });
    let control: ControlServer | undefined;
    try {
      control = await ControlServer.listen(settings.data, log);
      const imported = await importAccounts(store, settings, files, log);
      const sessions = await SessionTable.load(store, log, settings, versions);
      const presence = new Presence(hub, steps);
      sessions.onUser = (username, online) => presence.changed(username, online);
      const address = await asMyself(() => listen(listener, settings));
      if (!tls && !isLoopback(address.address)) {
        log.write(
          'warn',
          `without TLS anyone on the way to ${address.address} can read passwords and messages; use --tls-cert and --tls-key`,
        );
      }
      const size = sizeUp(settings, cost, log);
      if (imported || !isLoopback(address.address)) void warnOfKnownPasswords(store, files.accounts, log);
      const refused = new Tally();
      const dropped = new Tally();
      const logins = new Logins(new LoginGuard(settings.failedLogins));
      const registrar = new Registrar(
        store.registry,
        logins,
        new LoginGuard(settings.failedLogins),
        log,
        settings,
      );
      const live = { hub, store: store.conversations, mostUntaken: settings.maxEvents };
      const dispatcher = new Dispatcher({
        store,
        sessions,
        logins,
        registrar,
        log,
        refused,
        versions,
        live,
        steps,
      });
      const pool = startPool(
        settings,
        program,
        tls,
        { answerer: dispatcher, log, refused, dropped, versions, steps },
        { ...size, direct },
      );
      listener.on('connection', (socket) => pool.take(socket));
      listener.on('error', (error) => log.write('error', 'accepting failed', { reason: error.message }));
      const supervisor = new Supervisor(pool.threads, settings.stallTimeout, size.room);
      const { promise: stopAsked, resolve: stop } = Promise.withResolvers<void>();
      const watch = new ConnectionWatch(dispatcher, pool, { ...settings, port: address.port });
      const cleaner = new Cleaner(store, settings.keepRead, log);
      const clockWatch = new ClockWatch(store.clock, log);
      store.clock.onSettled = (settled) => {
        clockWatch.settled(settled.by);
        sessions.makeOlder(settled);
        cleaner.run();
      };
      const observed = { pool, dispatcher, capacity: size.capacity, store, refused, dropped, steps };
      const { drainTimeout } = settings;
      const handlers = operate({ ...observed, sessions, cleaner, log, drainTimeout, stop });
      control.start(handlers, size.ceilings.operators);
      const expiry = setInterval(() => {
        steps.begin('sessions');
        sessions.expire();
      }, EXPIRE_EVERY_MS).unref();
      return new Server(address, stopAsked, {
        listener,
        control,
        pool,
        dispatcher,
        supervisor,
        watch,
        clockWatch,
        expiry,
        cleaner,
        store,
        certificate,
        log,
      });
    } catch (error) {
      listener.close();
      control?.close();
      await store.close();
      throw error;
    }
  }

  /**
   * Reads the certificate anew for the connections to come; those that are open go on. When it is no good the old one stays.
   * False when the server speaks no TLS.
   */
  renewCertificate(): boolean {
    const { certificate, pool, log } = this.#parts;
    if (!certificate) return false;
    const context = asMyself(() => reloadCertificate(certificate, log));
    if (context) pool.renew(context);
    return true;
  }

  /** Stops accepting, finishes and answers what was begun, closes everything. */
  async stop(timeout: number): Promise<void> {
    const { listener, control, pool, dispatcher, supervisor, watch, clockWatch, expiry, cleaner, store } =
      this.#parts;
    clearInterval(expiry);
    clockWatch.stop();
    watch.stop();
    const closed = new Promise((resolve) => listener.close(resolve));
    await pool.stop(timeout);
    await closed;
    await dispatcher.settled();
    control.close();
    supervisor.stop();
    await cleaner.stop();
    await store.close();
  }
}

interface Parts {
  readonly listener: NetServer;
  readonly control: ControlServer;
  readonly pool: ThreadPool;
  readonly dispatcher: Dispatcher;
  readonly supervisor: Supervisor;
  readonly watch: ConnectionWatch;
  readonly clockWatch: ClockWatch;
  readonly expiry: NodeJS.Timeout;
  readonly cleaner: Cleaner;
  readonly store: Store;
  readonly certificate: CertificateFiles | undefined;
  readonly log: Log;
}

function tellFilling(left: number, log: Log): void {
  if (left === 0) return log.write('info', 'all messages can be searched');
  log.write('info', 'what an older version has stored is being made searchable, the newest messages first', {
    left,
  });
}

function tellDisk(trouble: DiskTrouble | undefined, log: Log): void {
  if (!trouble) return log.write('info', 'the disk takes writes again');
  log.write(
    'error',
    trouble.locked
      ? 'another program has locked the database: nothing can be sent or marked as read; end that program, the server then goes on by itself'
      : 'the disk takes no writes: messages can be read, but neither sent nor marked as read; make room, the server then goes on by itself',
    { reason: trouble.reason },
  );
}

function tellHeldLog(held: HeldLog | undefined, data: string, log: Log): void {
  if (!held) return log.write('info', "the database's log has begun anew, and is small again");
  log.write(
    'warn',
    "another program reads the database and does not end its transaction, so the database's log grows with all that is written, until the disk is full: end that program",
    {
      megabytes: Math.round(held.bytes / 1e6),
      program: readersOf(databasePath(data)).join(', ') || 'unknown',
    },
  );
}

async function listen(listener: NetServer, { host, port }: ServerSettings): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once('error', reject);
  listener.listen({ host, port, backlog: BACKLOG }, resolve);
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} on ${host} is taken; stop the program that has it or choose another with --port`,
      EACCES: `port ${port} needs more rights than this user has; choose one above 1023 with --port`,
      EADDRNOTAVAIL: `this machine has no address ${host}; choose another with --host`,
      ENOTFOUND: `there is no host named ${host}; choose another with --host`,
    };
    throw new StartupError(reasons[code ?? ''] ?? `cannot listen on ${host}:${port} (${message})`);
  }
  listener.off('error', reject);
  return listener.address() as AddressInfo;
}
