import type { ControlHandler } from '../control/server.ts';
import { type Observed, takeStatus } from './status.ts';

/** Does what an operator asks for; `stop` is called when the server is to end. */
export function handleControl(observed: Observed, stop: () => void): ControlHandler {
  const { pool, dispatcher } = observed;
  return (request) => {
    switch (request.command) {
      case 'status':
        return takeStatus(observed, request.brief);
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
