let last = 0;

/**
 * Bytes of memory that this process holds. Asking the system takes a file descriptor; when there is none, this is what was known
 * last.
 */
export function residentBytes(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {
    // Too many open files.
  }
  return last;
}
