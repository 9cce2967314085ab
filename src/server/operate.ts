import type { ControlHandler } from '../control/server.ts';
import type { Capacity } from '../threads/capacity.ts';
import type { ThreadPool } from '../threads/pool.ts';
import type { Dispatcher } from './dispatcher.ts';
import { takeStatus } from './status.ts';

/** Does what an operator asks for; `stop` is called when the server is to end. */
export function handleControl(
  pool: ThreadPool,
  dispatcher: Dispatcher,
  capacity: Capacity,
  stop: () => void,
): ControlHandler {
  return (request) => {
    switch (request.command) {
      case 'status':
        return takeStatus(pool, dispatcher, capacity, request.brief);
      case 'stop':
        stop();
        return { stopping: true, pid: process.pid };
      case 'kick': {
        const { whom } = request;
        const meant = dispatcher
          .who()
          .filter(({ connection, username }) => username === whom || String(connection) === whom);
        return {
          kicked: meant
            .map(({ connection }) => connection)
            .filter((connection) => pool.drop(connection, 'kicked by the operator')),
        };
      }
    }
  };
}
