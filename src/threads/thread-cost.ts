import { Worker } from 'node:worker_threads';
import { RESOURCE_LIMITS } from './connection-thread.ts';
import { addressBytes, memoryMaps, openDescriptors } from './proc.ts';

/** What a thread takes as long as it has nothing to do. */
export interface ThreadCost {
  readonly descriptors: number;
  readonly memoryMaps: number;
  readonly addressBytes: number;
}

/** As it was on Node 26.10 under Linux, where this cannot be measured. */
const ORDINARY: ThreadCost = { descriptors: 7, memoryMaps: 38, addressBytes: 300 * 1024 * 1024 };

/** With its first socket, whichever, a thread takes one descriptor more, for good. */
const program = (tls: boolean): string => `
${tls ? "require('node:tls').createSecureContext();" : ''}
const { parentPort } = require('node:worker_threads');
const ready = () => parentPort.on('message', () => {}).postMessage('ready');
const server = require('node:net').createServer();
server.on('error', ready).listen(0, '127.0.0.1', () => server.close(ready));
`;

/**
 * Measures on a thread that is as a connection's, but for its program; what it takes differs between versions of Node and of the
 * system. Nothing else may begin or end meanwhile: that would count as the thread's.
 */
export async function measureThread(tls: boolean): Promise<ThreadCost> {
  const look = (): ThreadCost => ({
    descriptors: openDescriptors() ?? 0,
    memoryMaps: memoryMaps(),
    addressBytes: addressBytes(),
  });
  const before = look();
  let worker: Worker;
  try {
    worker = new Worker(program(tls), { eval: true, resourceLimits: RESOURCE_LIMITS });
  } catch {
    return ORDINARY;
  }
  const ended = new Promise<undefined>((resolve) => worker.once('exit', () => resolve(undefined)));
  const ready = new Promise<ThreadCost>((resolve) => worker.once('message', () => resolve(look())));
  // There may be no descriptor for it.
  worker.on('error', () => {});
  const after = await Promise.race([ready, ended]);
  await worker.terminate();
  const took = (what: keyof ThreadCost): number =>
    after && after[what] > before[what] ? after[what] - before[what] : ORDINARY[what];
  return {
    descriptors: took('descriptors'),
    memoryMaps: took('memoryMaps'),
    addressBytes: took('addressBytes'),
  };
}
