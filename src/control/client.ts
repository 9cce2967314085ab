import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { printable } from '../printable.ts';
import { StartupError } from '../startup-error.ts';
import type { CopyProgress } from '../store/copy.ts';
import { actAsOwner, actsForAnother, asMyself, notOurs } from '../store/owner.ts';
import {
  CONTROL_SOCKET,
  type ControlCommand,
  type ControlReplies,
  type ControlRequest,
  controlPath,
} from './messages.ts';
import { withShortPath } from './short-path.ts';

/** A server says this often that it is at work; when it says nothing for so long it is frozen, or its disk is. */
const PATIENCE_MS = 15_000;
/** Characters: far more than any answer has, for one that never ends. */
const LONGEST_ANSWER = 256 * 1024 ** 2;
/** Whoever does not learn what became of one of these need not care. */
const CHANGES_NOTHING: ReadonlySet<ControlCommand> = new Set([
  'status',
  'backup',
  'accounts',
  'invites',
  'groups',
]);

/** Nobody answers on the data folder's control socket. */
export class NoServerError extends StartupError {}

export interface AskOptions {
  /** Hears how far the server is with what takes long. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Milliseconds that the server may be silent. */
  readonly patience?: number;
}

/** What a server has answered, on a connection that it has perhaps not closed yet. */
export interface Answered<Reply> {
  readonly reply: Reply;
  /** Resolves to whether it is closed within so many milliseconds. Nobody else is heard of meanwhile. */
  closed(within: number): Promise<boolean>;
}

/**
 * Asks the server that runs on the data folder `data`; resolves to its answer. When this is root it acts as the folder's owner from
 * then on (see owner.ts).
 *
 * @throws NoServerError when no server runs there.
 * @throws StartupError when it may not be asked, cannot do it, says nothing or nothing that makes sense, or ends before it has
 * answered; the sentence says whether what was asked may have been done.
 */
export async function askServer<C extends ControlCommand>(
  data: string,
  request: ControlRequest & { command: C },
  options: AskOptions = {},
): Promise<ControlReplies[C]> {
  const { reply, closed } = await askAndStay<C>(data, request, options);
  void closed(0);
  return reply;
}

/** As askServer(), for those who want to know when the server closes the connection. They have to call closed(). */
export async function askAndStay<C extends ControlCommand>(
  data: string,
  request: ControlRequest & { command: C },
  { onProgress = () => {}, patience = PATIENCE_MS }: AskOptions = {},
): Promise<Answered<ControlReplies[C]>> {
  const socket = await reach(data);
  const gone = new Promise<true>((resolve) => socket.once('close', () => resolve(true)));
  const closed = async (within: number): Promise<boolean> => {
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(resolve, within, false);
    socket.resume();
    const inTime = await Promise.race([gone, late]);
    clearTimeout(timer);
    socket.destroy();
    return inTime;
  };
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const reply = await answerOn(socket, patience, onProgress);
    if (typeof reply.error === 'string') throw new StartupError(refusal(data, reply.error));
    return { reply: reply as unknown as ControlReplies[C], closed };
  } catch (error) {
    socket.destroy();
    if (!(error instanceof Unanswered)) throw error;
    const advice = CHANGES_NOTHING.has(request.command)
      ? 'try again'
      : 'what was asked may have been done, so look before you ask again';
    throw new StartupError(`the server on ${data} ${error.message}; ${advice}`);
  }
}

/** @throws NoServerError, StartupError */
async function reach(data: string): Promise<Socket> {
  actAsOwner(data);
  let { socket, failure } = await connectTo(data);
  // Root's own: a server of an earlier version, which root has started, was root still.
  if (failure?.code === 'EACCES' && actsForAnother() && isRootSocket(controlPath(data))) {
    ({ socket, failure } = await asMyself(() => connectTo(data)));
  }
  if (failure?.code === 'EACCES') {
    const path = controlPath(data);
    throw new StartupError(`${path} ${notOurs(path, failure) ?? 'is closed to this user; open its folder'}`);
  }
  // Its queue of connections is full.
  if (failure?.code === 'EAGAIN') throw new StartupError(`the server on ${data} does not answer; try again`);
  if (failure) {
    throw new NoServerError(
      `no server runs on ${data}; start one with benang serve, or name its folder with --data`,
    );
  }
  return socket;
}

async function connectTo(data: string) {
  const socket = withShortPath(data, CONTROL_SOCKET, (path) => connect(path));
  socket.setEncoding('utf8');
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  // Once it is connected, an error only means that the server has gone away, and 'close' says so too.
  socket.once('connect', () => resolve(undefined)).on('error', resolve);
  return { socket, failure: await promise };
}

function isRootSocket(path: string): boolean {
  try {
    const found = lstatSync(path);
    return found.uid === 0 && found.isSocket();
  } catch {
    return false;
  }
}

/** Why there is no answer: what the server did instead. */
class Unanswered extends Error {}

type Answer = Record<string, unknown>;

/** The last line that comes, but for those that only say how far the server is. @throws Unanswered */
function answerOn(
  socket: Socket,
  patience: number,
  onProgress: (progress: CopyProgress) => void,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const fail = (what: string): void => reject(new Unanswered(what));
  let text = '';
  socket
    .on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_ANSWER) return fail('answers without an end');
      if (!chunk.includes('\n')) return;
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const line of lines) {
        const said = parse(line);
        if (!said) return fail('answers nothing that makes sense: it may be of another version');
        if (said.progress) onProgress(said.progress as CopyProgress);
        else if (!said.working) return resolve(said);
      }
    })
    .setTimeout(patience, () =>
      fail(`has said nothing for ${patience / 1000} s: it may be frozen, or its disk`),
    )
    .once('close', () => fail('ended before it had answered'));
  return promise.finally(() => socket.setTimeout(0));
}

function parse(line: string): Answer | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && !Array.isArray(said) ? (said as Answer) : undefined;
  } catch {
    return undefined;
  }
}

/** What a server says that cannot do it, in one line; one of an earlier version quotes what it did not understand as JSON. */
function refusal(data: string, error: string): string {
  const line = error.trim();
  return line.startsWith('[')
    ? `the server on ${data} does not know this command: it is of another version, so restart it`
    : printable(line);
}
