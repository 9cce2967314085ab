// Loaded before a socket comes, so that a spare thread need not load it then.
import 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Bell } from '../src/threads/bell.ts';
import { BlackBox } from '../src/threads/black-box.ts';
import { Connection, type ConnectionOptions } from '../src/threads/connection.ts';
import { Counters } from '../src/threads/counters.ts';
import { Crossing } from '../src/threads/crossing.ts';
import { keepAlive } from '../src/threads/keep-alive.ts';
import { Mailbox } from '../src/threads/mailbox.ts';
import type { Handover, Results, ThreadData, Told, ToThread } from '../src/threads/messages.ts';
import { Pulse } from '../src/threads/pulse.ts';
import { Secure } from '../src/threads/secure.ts';
import { ownTask } from '../src/threads/task.ts';
import { Versions } from '../src/threads/versions.ts';
import { Wire } from '../src/threads/wire.ts';

/** As much as one read of a socket takes, ordinarily. */
const READ_BYTES = 64 * 1024;

const port = parentPort!;
const data = workerData as ThreadData;
const counters = new Counters(data.counters);
const pulse = new Pulse(data.pulse);
const blackBox = new BlackBox(data.blackBox);
const secure = data.tls && new Secure(data.tls);
const versions = new Versions(data.versions);
/** One for all connections of the thread: each is read when it has its turn. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
const connections = new Map<number, Connection>();
const crossing = new Crossing({
  port,
  mailbox: new Mailbox(data.mailbox.shape, data.mailbox.memory),
  bell: new Bell(data.bell),
  place: data.place,
  pulse,
  receive,
  answer: (answer) => connections.get(answer.connection)?.answer(answer),
});
const options: ConnectionOptions = {
  limits: data.limits,
  drills: data.drills,
  counters,
  blackBox,
  versions,
  pulse,
  crossing,
  took: (taken) => port.postMessage(taken),
  closed: (end) => {
    connections.delete(end.connection);
    crossing.shared = connections.size > 1;
    port.postMessage(end);
  },
};
pulse.ready(ownTask());

function receive(message: Exclude<ToThread, Results>): void {
  switch (message.kind) {
    case 'handover':
      return open(message);
    case 'events':
      return tell(message.told);
    case 'drain':
      for (const connection of connections.values()) connection.drain();
      return;
    case 'drop':
      connections.get(message.connection)?.drop(message.reason);
      return;
    case 'renew':
      secure?.renew(message.context);
      return;
    case 'confirm': {
      const missing = message.connections.filter((connection) => !connections.has(connection));
      return port.postMessage({ kind: 'confirmed', connections: message.connections, missing });
    }
    case 'retire':
      // Without the port nothing keeps this thread's event loop alive.
      port.close();
  }
}

/** All that is for a connection in one write. */
function tell(told: readonly Told[]): void {
  const texts = new Map<number, string>();
  for (const { text, connections: listening } of told) {
    for (const id of listening) texts.set(id, (texts.get(id) ?? '') + text);
  }
  for (const [id, text] of texts) connections.get(id)?.tell(text);
}

function open({ connection: id, socket, refusal }: Handover): void {
  keepAlive(socket, data.limits.deadAfter);
  const secured = secure?.accept(socket);
  const wire = secured ? Wire.stream(secured.socket) : Wire.over(socket, readBuffer, data.direct);
  const connection = new Connection(id, wire, secured?.records, options);
  connections.set(id, connection);
  crossing.shared = connections.size > 1;
  if (refusal !== undefined) connection.refuse(refusal);
}
