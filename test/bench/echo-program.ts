/**
 * The ceilings: servers that do nothing but answer each line. One thread for all connections, or a thread for each, to
 * which the socket is moved as benang does it; beyond `maxThreads` connections share, in turn.
 *
 * With `oneBuffer` they read as benang does, beneath the machinery of streams.
 *
 * An answer has the length that was asked for, by the first letter of the line, so that it can be as long as a command's.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { RESOURCE_LIMITS } from '../../src/threads/connection-thread.ts';
import { ReadBuffer } from '../../src/threads/read-buffer.ts';
import { answerCalls } from './helper.ts';

const BACKLOG = 4096;
const ASCII = 128;

/** The length of the answer in bytes, by the line's first letter; read by all threads. */
const sizes = new Int32Array(new SharedArrayBuffer(ASCII * Int32Array.BYTES_PER_ELEMENT));

/** Answers every line on a socket. It goes into the threads as text, so it uses nothing from around it. */
function answererOf(lengths: Int32Array): (socket: Socket) => void {
  const START = '{"status": "OK", ';
  const END = '}\r\n\r\n';
  const answers: Buffer[] = [];
  const answerTo = (letter: number): Buffer => {
    const length = lengths[letter]!;
    const known = answers[letter];
    if (known?.length === length) return known;
    const answer = Buffer.from(START.padEnd(length - END.length, 'x') + END);
    answers[letter] = answer;
    return answer;
  };
  return (socket) => {
    let letter = 0;
    socket.on('data', (chunk: Buffer) => {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        socket.write(answerTo(letter || chunk[start]!));
        letter = 0;
        start = end + 1;
      }
      if (start < chunk.length) letter ||= chunk[start]!;
    });
    socket.on('error', () => socket.destroy());
    socket.resume();
  };
}

const threadProgram = (oneBuffer: boolean): string => `
const { Socket } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const answer = (${answererOf})(workerData);
const buffer = new (${ReadBuffer})();
parentPort.on('message', (socket) => answer(${oneBuffer} ? buffer.takeOver(socket) : socket));
`;

function moverOf(maxThreads: number, oneBuffer: boolean): (socket: Socket) => void {
  const program = threadProgram(oneBuffer);
  const threads: Worker[] = [];
  let connections = 0;
  return (socket) => {
    const index = connections++ % maxThreads;
    threads[index] ??= new Worker(program, {
      eval: true,
      workerData: sizes,
      resourceLimits: RESOURCE_LIMITS,
    });
    threads[index].postMessage(socket, [socket]);
  };
}

function answerHere(oneBuffer: boolean): (socket: Socket) => void {
  const answer = answererOf(sizes);
  const buffer = new ReadBuffer();
  return (socket) => answer(oneBuffer ? buffer.takeOver(socket) : socket);
}

export interface EchoOptions {
  /** Undefined: one thread, the main one. */
  readonly maxThreads?: number | undefined;
  readonly oneBuffer: boolean;
}

export const calls = {
  /** Listens on a free port and resolves to it. Without `maxThreads` it has one thread, its main thread. */
  listen({ maxThreads, oneBuffer }: EchoOptions): Promise<number> {
    const server = createServer(
      { noDelay: true, pauseOnConnect: oneBuffer || maxThreads !== undefined },
      maxThreads !== undefined ? moverOf(maxThreads, oneBuffer) : answerHere(oneBuffer),
    );
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
    return promise;
  },

  /** From now on lines are answered with so many bytes, by their first letter. */
  size(lengths: Record<string, number>): void {
    for (const [letter, length] of Object.entries(lengths)) sizes[letter.charCodeAt(0)] = length;
  },
};

answerCalls(calls);
