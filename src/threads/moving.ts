import type { Socket } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { closerOf } from './beneath.ts';

/** A socket did not come to its thread, and nobody has it. */
export class LostError extends Error {}

/**
 * Moves a socket into a thread with `message`, which holds it.
 *
 * Node duplicates the descriptor while it posts the message, and closes the first one then. When the process may open no
 * further one, `postMessage` returns as ever, but the whole message is lost and the first descriptor stays open, owned by
 * nobody. That cannot be told from what is documented; but what is beneath a socket that was moved has no descriptor any more.
 *
 * Returns what closes the first descriptor should the thread say that nothing came; it does nothing when the move went well.
 *
 * @throws LostError when it was lost: it is closed then, and the thread hears nothing of it.
 * @throws Error when it cannot be moved, mostly because the client is gone.
 */
export function moveSocket(worker: Pick<Worker, 'postMessage'>, message: object, socket: Socket): () => void {
  const beneath = closerOf(socket);
  worker.postMessage(message, [socket]);
  const left = beneath.descriptor();
  if (left === undefined || left < 0) return beneath.close;
  beneath.close();
  throw new LostError('no file descriptor was free to move its socket');
}
