import type { Load } from './client.ts';
import { type Contestant, chatting, type Pair } from './contest.ts';
import { benangArgs, benangNames, echoNames, type Mode, modes } from './modes.ts';
import { quiet } from './processes.ts';
import { type Server, startBenang, startEcho } from './servers.ts';
import type { Stage } from './stage.ts';
import { chatRequests, type Workload } from './workloads.ts';

/** More than there will be connections: each has its thread. */
const ANY_NUMBER = 1_000_000;

/** Servers to be compared, up at the same time, with so many connections each. */
export interface Field extends AsyncDisposable {
  /** Makes them ready for a workload: each connection has its requests answered once. Resolves to those to be compared, by mode. */
  prepare(workload: Workload): Promise<Record<Mode, Pair>>;
}

/**
 * Starts benang in both modes and beside each its ceiling, and opens the connections, each of which makes one request, in
 * benang with its login. Beyond `maxThreads` connections share threads, in benang and in its ceiling. With `oneBuffer` the ceilings
 * read as benang does.
 */
export async function openField(
  stage: Stage,
  connections: number,
  { maxThreads, oneBuffer = false }: { maxThreads?: number; oneBuffer?: boolean } = {},
): Promise<Field> {
  await using stops = new AsyncDisposableStack();
  const open = async <S extends Server>(starting: Promise<S>): Promise<{ server: S; load: Load }> => {
    const server = await stage.up(stops, starting);
    const load = await stage.during(stage.client.open(server, connections));
    stops.defer(() => load.close());
    return { server, load };
  };
  const atMost = maxThreads === undefined ? [] : ['--max-threads', String(maxThreads)];
  const benang = {
    own: await open(startBenang(stage, connections, [...benangArgs.own, ...atMost])),
    shared: await open(startBenang(stage, connections, benangArgs.shared)),
  };
  const echo = {
    own: await open(startEcho({ maxThreads: maxThreads ?? ANY_NUMBER, oneBuffer })),
    shared: await open(startEcho({ oneBuffer })),
  };
  const inboxes = inboxRequests(benang.own.server.logins);
  await stage.during(benang.own.load.ask(inboxes));
  await stage.during(benang.shared.load.ask(inboxRequests(benang.shared.server.logins)));
  for (const mode of modes) await stage.during(echo[mode].load.ask(inboxes));
  const servers = [...Object.values(benang), ...Object.values(echo)].map(({ server }) => server);

  const prepare = async (workload: Workload): Promise<Record<Mode, Pair>> => {
    const pairOf = async (mode: Mode): Promise<Pair> => {
      const { server, load } = benang[mode];
      const requests = chatRequests(workload, server.logins);
      const inboxes = workload === 'send' || workload === 'mix' ? inboxRequests(server.logins) : undefined;
      const lengths = await askOnce(load, requests);
      await echo[mode].server.size(lengths);
      await askOnce(echo[mode].load, requests);
      const subject = chatting(benangNames[mode], server, load, requests, inboxes);
      const base: Contestant = chatting(echoNames[mode], echo[mode].server, echo[mode].load, requests);
      await subject.clear();
      return { subject, base };
    };
    const pairs = { own: await stage.during(pairOf('own')), shared: await stage.during(pairOf('shared')) };
    await stage.during(quiet(servers.map(({ pid }) => pid)));
    return pairs;
  };
  const kept = stops.move();
  return { prepare, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** On each connection one request after the other, once. Resolves to the replies' mean length by the request's first letter. */
async function askOnce(load: Load, requests: readonly string[][]): Promise<Record<string, number>> {
  const lengths: Record<string, number> = {};
  for (const step of requests[0]!.keys()) {
    const replies = await load.ask(requests.map((lines) => lines[step]!));
    const mean = replies.reduce((sum, length) => sum + length, 0) / replies.length;
    lengths[requests[0]![step]![0]!] = Math.round(mean);
  }
  return lengths;
}

/** What reads each inbox. */
export const inboxRequests = (logins: Parameters<typeof chatRequests>[1]): string[] =>
  chatRequests('inbox', logins).map(([request]) => request!);
