/** Who takes part in the comparison of rates: each a server that can be started fresh, under one kind of load. */
import { type Build, inboxRequests, type Login } from './build.ts';
import type { Load, LoopFigures } from './client.ts';
import { MARK } from './loop.ts';
import { quiet } from './processes.ts';
import { type Mode, modes, type Who } from './results.ts';
import { ngircdVersion, redisVersion, type Server, startEcho, startNgircd, startRedis } from './servers.ts';
import type { Stage } from './stage.ts';

export interface Workload {
  /** Send: a message, durable before it is answered. Inbox: which is empty. Live: heard by the next client, who listens. */
  readonly command: 'send' | 'inbox' | 'live';
  readonly connections: number;
}

export interface Contestant {
  readonly who: Who;
  readonly name: string;
  readonly mode?: Mode;
  /** Starts it and opens its connections, each of which has had one reply when this resolves. */
  open(): Promise<Running>;
}

export interface Running {
  readonly pid: number;
  /** Loads it for so long. */
  run(ms: number): Promise<LoopFigures>;
  /** Takes away what the load has left behind. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export const argsOf: Record<Mode, readonly string[]> = { own: [], shared: ['--threads', '2'] };

const TEXT = 'nihao ma? the train is at ten past seven';
/** A message in an inbox' reply. */
const MESSAGE = '"msg"';
/** What is on its way when a load ends comes within this time. */
const REST_MS = 50;

/** Ours in both modes, the other build likewise when there is one, and what is taken instead of us, where it is installed. */
export function contestantsFor(stage: Stage, workload: Workload): Contestant[] {
  const chats = stage.builds.flatMap(({ who, build }) =>
    modes.map(
      (mode): Contestant => ({
        who,
        name: build.name,
        mode,
        open: () => openChat(stage, build, mode, workload),
      }),
    ),
  );
  return [...chats, ...peersFor(stage, workload)];
}

function peersFor(stage: Stage, { command, connections }: Workload): Contestant[] {
  const [build] = stage.builds.map((each) => each.build) as [Build];
  const logins = build.logins.slice(0, connections);
  if (command === 'inbox') {
    return modes.map((mode) => ({
      who: 'echo',
      name: mode === 'own' ? 'echo, a Worker each' : 'echo, one thread',
      mode,
      open: () => openEcho(stage, mode, build.nothing, inboxRequests(logins)),
    }));
  }
  const who = command === 'send' ? 'Redis' : 'ngircd';
  const name = command === 'send' ? redisVersion() : ngircdVersion();
  if (name) {
    return [
      { who, name, open: () => (command === 'send' ? openRedis(stage, logins) : openIrc(stage, logins)) },
    ];
  }
  const program = command === 'send' ? 'redis-server' : 'ngircd';
  stage.missing[who] = `${program} is not installed (on Debian: apt-get install ${program})`;
  return [];
}

/** Everybody writes to the next one, and the last to the first. */
const toTheNext = (logins: readonly Login[], request: (to: string, from: Login) => string): string[][] =>
  logins.map((from, index) => [request(logins[(index + 1) % logins.length]!.username, from)]);

/** What each connection asks over and over. Mix: it sends, then reads. */
export function chatRequests(command: Workload['command'] | 'mix', logins: readonly Login[]): string[][] {
  const inboxes = inboxRequests(logins);
  if (command === 'inbox') return inboxes.map((inbox) => [inbox]);
  const text = command === 'live' ? `${TEXT} ${MARK}` : TEXT;
  const sends = toTheNext(logins, (to, { token }) => `send ${token} ${to} ${text}\r\n`);
  return command === 'mix' ? sends.map(([send], index) => [send!, inboxes[index]!]) : sends;
}

function openChat(stage: Stage, build: Build, mode: Mode, workload: Workload): Promise<Running> {
  const { command, connections } = workload;
  const logins = build.logins.slice(0, connections);
  const inboxes = inboxRequests(logins);
  const requests = chatRequests(command, logins);
  return open(stage, build.start(argsOf[mode]), connections, {
    begin: async (load) => {
      await load.ask(inboxes);
      if (command === 'live') await load.ask(logins.map(({ token }) => `listen ${token}\r\n`));
    },
    run: (load, ms) => load.loop(requests, ms, command === 'live'),
    clear: async (load) => {
      if (command !== 'inbox') await load.ask(inboxes, MESSAGE);
    },
  });
}

const openEcho = (stage: Stage, mode: Mode, answer: string, requests: string[]): Promise<Running> =>
  open(stage, startEcho({ threads: mode === 'own', answer }), requests.length, {
    begin: (load) => load.ask(requests),
    run: (load, ms) =>
      load.loop(
        requests.map((request) => [request]),
        ms,
      ),
    clear: async () => {},
  });

/** Each message is an RPUSH of the same text to a list for each recipient. */
function openRedis(stage: Stage, logins: readonly Login[]): Promise<Running> {
  const list = (username: string): string => `inbox:${username}`;
  const pushes = toTheNext(logins, (to) => respCommand('RPUSH', list(to), TEXT));
  const removals = logins.map(({ username }) => respCommand('DEL', list(username)));
  return open(stage, startRedis(stage.folder), logins.length, {
    begin: (load) => load.ask(removals),
    run: (load, ms) => load.loop(pushes, ms),
    clear: (load) => load.ask(removals),
  });
}

function respCommand(...words: readonly string[]): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join('')}`;
}

function openIrc(stage: Stage, logins: readonly Login[]): Promise<Running> {
  const messages = toTheNext(logins, (to) => `PRIVMSG ${to} :${TEXT} ${MARK}\r\n`);
  return open(stage, startNgircd(stage.folder), logins.length, {
    begin: (load) =>
      load.ask(logins.map(({ username }) => `NICK ${username}\r\nUSER ${username} 0 * :x\r\n`)),
    run: (load, ms) => load.loop(messages, ms, true),
    clear: async () => {},
  });
}

interface Play {
  begin(load: Load): Promise<unknown>;
  run(load: Load, ms: number): Promise<LoopFigures>;
  clear(load: Load): Promise<unknown>;
}

async function open(
  stage: Stage,
  starting: Promise<Server>,
  connections: number,
  { begin, run, clear }: Play,
): Promise<Running> {
  await using stops = new AsyncDisposableStack();
  const server = await stage.up(stops, starting);
  const load = await stage.during(stage.client.open(server, connections));
  stops.defer(() => load.close());
  await stage.during(begin(load));
  await stage.during(quiet(server.pid));
  const kept = stops.move();
  return {
    pid: server.pid,
    run: (ms) => stage.during(run(load, ms)),
    clear: async () => {
      await stage.pause(REST_MS);
      await stage.during(clear(load));
    },
    stop: () => kept.disposeAsync(),
  };
}
