import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Wire } from './wire.ts';

/** Nobody is on the line but this process. */
const PATIENCE_MS = 2000;
const WORDS = ['one', 'another'];

/**
 * Whether sockets can be read and written past the machinery of streams on this version of Node, which does not promise that: tried
 * out with a connection of the process to itself, of which one side echoes what the other sends, until that ends.
 */
export async function directWorks(): Promise<boolean> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sockets: Socket[] = [];
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening', { signal });
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(client);
    const [accepted] = (await once(server, 'connection', { signal })) as [Socket];
    sockets.push(accepted);
    const wire = Wire.over(accepted, Buffer.alloc(64), true);
    sockets.push(wire.socket);
    if (!wire.direct) return false;
    wire.listen((buffer, bytes) => wire.write(buffer, 0, bytes));
    const ended = once(wire.socket, 'end', { signal });
    wire.socket.resume();
    for (const word of WORDS) {
      client.write(word);
      const [echo] = (await once(client, 'data', { signal })) as [Buffer];
      if (echo.toString() !== word) return false;
    }
    client.end();
    await ended;
    return true;
  } catch {
    return false;
  } finally {
    for (const socket of sockets) socket.on('error', () => {}).destroy();
    server.close();
  }
}
