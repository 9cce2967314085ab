/**
 * The ceiling of a request that finds nothing: a server that answers each line with the same bytes. One thread for all connections,
 * or a bare Worker for each, to which the socket is moved.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { answerCalls } from './helper.ts';

const BACKLOG = 4096;

/** Goes into the threads as text, so it uses nothing from around it. */
function echo(socket: Socket, answer: string): void {
  const bytes = Buffer.from(answer);
  socket.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) socket.write(bytes);
  });
  socket.on('error', () => socket.destroy());
  socket.resume();
}

const threadProgram = `
const { Socket } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
parentPort.on('message', (socket) => (${echo})(socket, workerData));
`;

export const calls = {
  /** Listens on a free port and resolves to it. */
  listen({ threads, answer }: { threads: boolean; answer: string }): Promise<number> {
    const inThread = (socket: Socket): void =>
      new Worker(threadProgram, { eval: true, workerData: answer }).postMessage(socket, [socket]);
    const server = createServer({ noDelay: true, pauseOnConnect: threads }, (socket) =>
      threads ? inThread(socket) : echo(socket, answer),
    );
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
    return promise;
  },
};

answerCalls(calls);
