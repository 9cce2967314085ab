import type { Socket } from 'node:net';

const PROBES = 5;

/**
 * Lets the kernel ask after a silent client (tcp(7), TCP_KEEPIDLE), so that the connection of one that has vanished breaks
 * off within about `deadAfter` ms. The kernel counts whole seconds. It does not ask while it waits for the client to take
 * what was written; see half-open.ts for that.
 */
export function keepAlive(socket: Socket, deadAfter: number): void {
  const seconds = Math.max(3, Math.floor(deadAfter / 1000));
  const silent = Math.floor(seconds / 2);
  const interval = Math.max(1, Math.floor((seconds - silent) / PROBES));
  const count = Math.max(1, Math.floor((seconds - silent) / interval));
  socket.setKeepAlive({ enable: true, initialDelay: silent * 1000, interval: interval * 1000, count });
}
