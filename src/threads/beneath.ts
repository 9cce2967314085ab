import { Socket, type SocketConstructorOpts } from 'node:net';

/*
 * All that is used here of what Node does not document: what it keeps of a socket beneath its streams, and what it keeps of a buffer
 * beneath `toString` and `write`. Where it is not as expected everything works in the documented way, which takes longer.
 */

declare global {
  interface Buffer {
    latin1Slice(from: number, to: number): string;
    utf8Slice(from: number, to: number): string;
    latin1Write(text: string, at: number, most: number): number;
    utf8Write(text: string, at: number, most: number): number;
  }
}

const documented: Pick<Buffer, 'latin1Slice' | 'utf8Slice' | 'latin1Write' | 'utf8Write'> & ThisType<Buffer> =
  {
    latin1Slice(from, to) {
      return this.toString('latin1', from, to);
    },
    utf8Slice(from, to) {
      return this.toString('utf8', from, to);
    },
    latin1Write(text, at, most) {
      return this.write(text, at, most, 'latin1');
    },
    utf8Write(text, at, most) {
      return this.write(text, at, most, 'utf8');
    },
  };
for (const [name, method] of Object.entries(documented)) {
  if (!(name in Buffer.prototype)) Object.defineProperty(Buffer.prototype, name, { value: method });
}

/** Of a socket's handle, as far as it is used. */
interface Handle {
  /** The file descriptor; negative when the handle is closed. */
  readonly fd: number;
  /** How many bytes have been read. */
  readonly bytesRead: number;
  /** Called when something was read, into the buffer that the handle was given, or when reading has failed or come to its end. */
  onread: (this: unknown, about?: unknown) => unknown;
  getpeername(into: object): number;
  close(): void;
}

interface Handled {
  _handle?: Partial<Handle> | null;
}

const handleOf = (socket: Socket): Partial<Handle> | undefined => (socket as Handled)._handle ?? undefined;

/** What closes a socket's descriptor, also when the socket itself has been moved away. */
export function closerOf(socket: Socket): {
  readonly close: () => void;
  readonly descriptor: () => number | undefined;
} {
  const handle = handleOf(socket);
  return { close: () => handle?.close?.(), descriptor: () => handle?.fd };
}

/** Whether the kernel knows of no peer of this socket any more. False when that cannot be told. */
export const hasNoPeer = (socket: Socket): boolean => (handleOf(socket)?.getpeername?.({}) ?? 0) !== 0;

/** A socket that is read into a buffer that it may share with others. */
export interface Taken {
  readonly socket: Socket;
  /** Called with how many bytes have come; they are good until it returns. Nothing comes before the socket is resumed. */
  take: (bytes: number) => void;
  /** Its descriptor while it has one, for writing past the machinery of streams; undefined where it must not be written so. */
  readonly descriptor: { readonly fd: number } | undefined;
}

/**
 * Takes the connection over from a socket that nothing has been read from. What the new one reads is in `buffer`. Undefined when there
 * is nothing beneath to take.
 *
 * Reading past the machinery of streams is what makes it quick: in a thread that has its caches to itself for a few requests only,
 * that took longer than all of the rest. `direct`: not in the documented way alone, where that is possible.
 */
export function takeOver(from: Socket, buffer: Buffer, direct: boolean): Taken | undefined {
  const handle = handleOf(from);
  if (!handle) return undefined;
  const onread = {
    buffer,
    callback: (bytes: number): boolean => {
      taken.take(bytes);
      return true;
    },
  };
  // The option is documented, the way to a socket that exists already is not.
  const options = { handle, onread, allowHalfOpen: from.allowHalfOpen } as unknown;
  const socket = new Socket(options as SocketConstructorOpts);
  (from as Handled)._handle = null;
  from.destroy();
  const isDirect = direct && isHandle(handle);
  const taken: Taken = { socket, take: () => {}, descriptor: isDirect ? handle : undefined };
  if (!isDirect) return taken;
  const { onread: otherwise } = handle;
  let before = handle.bytesRead;
  handle.onread = function (about) {
    const total = handle.bytesRead;
    const bytes = total - before;
    before = total;
    if (bytes > 0) taken.take(bytes);
    else otherwise.call(this, about);
  };
  return taken;
}

const isHandle = (handle: Partial<Handle>): handle is Handle =>
  typeof handle.onread === 'function' &&
  typeof handle.fd === 'number' &&
  handle.fd >= 0 &&
  typeof handle.bytesRead === 'number';
