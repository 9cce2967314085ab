/** With a thousand threads asking takes a good part of a millisecond. */
const STALE_AFTER_MS = 50;

let last = 0;
let askedAt = Number.NEGATIVE_INFINITY;

/**
 * Bytes of memory that this process holds, or has held `staleAfter` ms ago. Asking the system takes a file descriptor; when there is none, this is
 * what was known last.
 */
export function residentBytes(staleAfter = STALE_AFTER_MS): number {
  const now = performance.now();
  if (now - askedAt < staleAfter) return last;
  askedAt = now;
  try {
    last = process.memoryUsage.rss();
  } catch {
    // Too many open files.
  }
  return last;
}
