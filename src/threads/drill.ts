/** The disasters that a client may set off in its own thread, on a server that was started for drills. */
export const disasters = ['throw', 'reject', 'exit', 'spin', 'heap', 'buffers'] as const;
export type Disaster = (typeof disasters)[number];

const WORD = 'drill ';

/** The disaster that a request line asks for, if it is one. */
export function disasterIn(line: string): Disaster | undefined {
  if (!line.startsWith(WORD)) return undefined;
  return disasters.find((disaster) => disaster === line.slice(WORD.length).trimEnd());
}

/** Lets the disaster happen, here and now. */
export function happen(disaster: Disaster): void {
  switch (disaster) {
    case 'throw':
      throw new Error('drill: thrown on purpose');
    case 'reject':
      void Promise.reject(new Error('drill: rejected on purpose'));
      return;
    case 'exit':
      process.exit(7);
      return;
    case 'spin':
      for (;;);
    case 'heap': {
      const hoard: unknown[] = [];
      for (;;) hoard.push({ kept: new Array(1000).fill(hoard.length) });
    }
    case 'buffers': {
      // Outside the heap, where no heap limit holds.
      const hoard: Buffer[] = [];
      setInterval(() => hoard.push(Buffer.alloc(1024 * 1024, 'x')), 1);
    }
  }
}
