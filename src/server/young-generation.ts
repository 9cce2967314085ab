/**
 * V8's young generation, a part of the heap that is filled before it is cleaned, may grow to three times this (MB). Left to itself it
 * grows to 96 MB when thousands of clients come at once, and then stays; smaller, it is cleaned more often and no slower.
 */
const SEMI_SPACE_MB = 2;
const FLAG = '--max-semi-space-size';

/**
 * Makes the main thread's young generation small. V8 takes that from the command line alone, so the process starts its program anew
 * in its own place (execve(2)): the process stays the same one. Whoever has set the flag is left alone, and so are systems without
 * execve.
 */
export function limitYoungGeneration(): void {
  const set = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((flags) => flags.includes(FLAG));
  if (set || !process.execve) return;
  const [node, ...args] = process.argv as [string, ...string[]];
  try {
    process.execve(node, [node, `${FLAG}=${SEMI_SPACE_MB}`, ...process.execArgv, ...args], process.env);
  } catch {
    // It takes more memory, then.
  }
}
