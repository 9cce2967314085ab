import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from '../src/threads/connection.ts';
import { Counters } from '../src/threads/counters.ts';
import { Crossing } from '../src/threads/crossing.ts';
import type { Note, ThreadData, ToThread } from '../src/threads/messages.ts';

const port = parentPort!;
const { counters: memory, maxRequest } = workerData as ThreadData;
const counters = new Counters(memory);
const connections = new Map<number, Connection>();
const crossing = new Crossing(port, counters.wake, receive);

function receive(message: ToThread): void {
  switch (message.kind) {
    case 'handover':
      return open(message.connection, message.socket);
    case 'results':
      for (const result of message.results) connections.get(result.connection)?.answer(result);
      return;
    case 'stop':
      for (const connection of connections.values()) connection.stop();
  }
}

function open(id: number, socket: ConstructorParameters<typeof Connection>[1]): void {
  const ask = crossing.ask.bind(crossing);
  const closed = (error: Error | undefined) => {
    if (error) {
      const fields = { connection: id, reason: error.message };
      port.postMessage({ kind: 'note', level: 'debug', message: 'connection broke', fields } satisfies Note);
    }
    connections.delete(id);
    // Nothing left to serve: without the port nothing keeps this thread's event loop alive.
    if (connections.size === 0) port.close();
  };
  connections.set(id, new Connection(id, socket, { maxRequest, counters, ask, closed }));
}
