import { Fault } from './fault.ts';
import type { Sample } from './watch.ts';

/** The system gives memory that was freed back late and in parts, and threads that have not had a connection before grow with it. */
const UNCERTAIN_BYTES = 64 * 1024 * 1024;
const BYTES_A_REQUEST = 128;

/**
 * Checks that the server has not grown from one sample to a later one with all the `requests` made between them. A
 * leak of a kilobyte a request shows when that are 100,000.
 *
 * @throws Fault
 */
export function checkMemory(warm: Sample, last: Sample, requests: number): void {
  const growth = last.residentBytes - warm.residentBytes;
  if (growth > UNCERTAIN_BYTES + BYTES_A_REQUEST * requests) {
    const each = Math.round(growth / requests);
    throw new Fault(`the server has grown by ${growth} bytes with ${requests} requests, ${each} each`);
  }
}
