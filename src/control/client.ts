import { connect } from 'node:net';
import { StartupError } from '../startup-error.ts';
import { type ControlReplies, type ControlRequest, controlPath } from './messages.ts';

/**
 * Asks the server that runs on the data folder `data`; resolves when it has answered and closed.
 *
 * @throws StartupError when no server runs there or it may not be asked.
 */
export async function askServer<C extends ControlRequest['command']>(
  data: string,
  request: ControlRequest & { command: C },
): Promise<ControlReplies[C]> {
  const path = controlPath(data);
  const socket = connect(path);
  socket.write(`${JSON.stringify(request)}\n`);
  let text = '';
  try {
    for await (const chunk of socket) text += chunk;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new StartupError(`${path} belongs to another user; ask as the user that runs the server`);
    if (text === '') {
      throw new StartupError(
        `no server runs on ${data}; start one with benang serve, or name its folder with --data`,
      );
    }
  }
  const reply = JSON.parse(text.split('\n')[0]!);
  if (reply.error !== undefined) throw new StartupError(String(reply.error));
  return reply;
}
