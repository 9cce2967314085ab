import { createWriteStream, mkdirSync, readdirSync, readFileSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** Which message: the sender's name and its number on the way from this sender to this recipient, from 1. */
export type Mark = readonly [sender: string, number: number];

/**
 * What a client saw, in its own order.
 *
 * - issue, then at most one of ack and refuse: a message that it sent; with neither, nobody knows what became of it.
 * - shown: an inbox reply. `weak` when another request had been sent behind it before it came, so that the client's next
 *   request need not confirm it.
 * - confirmed: the client has made a request behind all replies shown on this connection so far, and has the OK for it,
 *   while the disk was well: else the confirmation may not have been kept.
 */
export type ClientEvent =
  | { readonly event: 'issue' | 'ack' | 'refuse'; readonly to: string; readonly number: number }
  | {
      readonly event: 'shown';
      readonly connection: number;
      readonly messages: readonly Mark[];
      readonly weak: boolean;
    }
  | { readonly event: 'confirmed'; readonly connection: number }
  | { readonly event: 'garbled'; readonly what: string };

/** Writes one client's log, a line of JSON an event. */
export class Recorder {
  readonly #stream: WriteStream;

  constructor(folder: string, client: string) {
    mkdirSync(folder, { recursive: true });
    this.#stream = createWriteStream(join(folder, `${client}.jsonl`));
  }

  write(event: ClientEvent): void {
    this.#stream.write(`${JSON.stringify(event)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(resolve));
  }
}

/** The clients' logs in a folder, by client. */
export function readLogs(folder: string): Map<string, ClientEvent[]> {
  const logs = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return new Map(
    logs.map((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean);
      return [file.slice(0, -'.jsonl'.length), lines.map((line) => JSON.parse(line) as ClientEvent)];
    }),
  );
}
