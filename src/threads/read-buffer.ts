import { Socket, type SocketConstructorOpts } from 'node:net';

/** What Node keeps of a socket beneath its streams. */
interface Handled {
  _handle?: object | null;
}

/**
 * Reads sockets into one buffer for all, which is used again for every read (Node, `onread` of `new net.Socket`). The stream's own way
 * makes a buffer for each read and runs the machinery of streams; in a thread that has its caches to itself for a few requests
 * only, that took longer than all of the rest: 100 threads that only echo answered half as many requests.
 */
export class ReadBuffer {
  /** As much as one read of a socket takes, ordinarily. */
  readonly #buffer = Buffer.allocUnsafeSlow(64 * 1024);

  /**
   * Takes the connection over from a socket that nothing has been read from. The new one gives what it reads as 'data', as any
   * socket does; but a chunk is good only until its listener returns.
   */
  takeOver(socket: Socket): Socket {
    const handled = socket as Socket & Handled;
    const handle = handled._handle;
    // The option is documented, the way to a socket that exists already is not. Without it, it is read as usual.
    if (!handle) return socket;
    const buffer = this.#buffer;
    const onread = {
      buffer,
      callback: (bytes: number): boolean => taken.emit('data', buffer.subarray(0, bytes)),
    };
    const options = { handle, onread, allowHalfOpen: socket.allowHalfOpen } as unknown;
    const taken: Socket = new Socket(options as SocketConstructorOpts);
    handled._handle = null;
    socket.destroy();
    return taken;
  }
}
