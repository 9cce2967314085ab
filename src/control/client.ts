import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { StartupError } from '../startup-error.ts';
import type { CopyProgress } from '../store/copy.ts';
import { type ControlCommand, type ControlReplies, type ControlRequest, controlPath } from './messages.ts';

/** Nobody answers on the data folder's control socket. */
export class NoServerError extends StartupError {}

/**
 * Asks the server that runs on the data folder `data`; resolves when it has answered and closed. `onProgress` hears how far
 * it is with what takes long.
 *
 * @throws NoServerError when no server runs there.
 * @throws StartupError when it may not be asked, cannot do it, or ends before it has answered.
 */
export async function askServer<C extends ControlCommand>(
  data: string,
  request: ControlRequest & { command: C },
  onProgress: (progress: CopyProgress) => void = () => {},
): Promise<ControlReplies[C]> {
  const path = controlPath(data);
  const socket = connect(path);
  const { promise: connected, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  // Once it is connected, an error only means that the server has gone away.
  socket.once('connect', () => resolve(undefined)).on('error', resolve);
  const failure = await connected;
  if (failure?.code === 'EACCES') {
    throw new StartupError(`${path} belongs to another user; ask as the user that runs the server`);
  }
  if (failure) {
    throw new NoServerError(
      `no server runs on ${data}; start one with benang serve, or name its folder with --data`,
    );
  }
  socket.write(`${JSON.stringify(request)}\n`);
  let reply: (ControlReplies[C] & { error?: undefined }) | { error: string } | undefined;
  for await (const line of createInterface({ input: socket })) {
    const said = JSON.parse(line);
    if (said.progress) onProgress(said.progress);
    else reply = said;
  }
  if (!reply) throw new StartupError(`the server on ${data} ended before it had answered; try again`);
  if (reply.error !== undefined) throw new StartupError(reply.error);
  return reply;
}
