import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';

/** In /proc/net/tcp: the state of an open connection, and the timer that sends anew what was not confirmed. */
const ESTABLISHED = '01';
const RETRANSMITTING = '01';
/** One may be an ordinary loss. */
const FEWEST_RETRANSMISSIONS = 2;
/** The rest of the time goes by until the first look that finds one silent. */
const SILENT_SHARE = 0.4;

/**
 * Finds clients that have vanished while they had something to receive. The kernel sends that anew for a quarter of an
 * hour before it gives up, and does not probe the line meanwhile (tcp(7), tcp_retries2). Linux tells about it in
 * /proc/net/tcp; on other systems nothing is found.
 */
export class HalfOpenWatch {
  readonly #port: number;
  readonly #deadAfter: number;
  /** By peer, since when it has confirmed nothing. */
  #silent = new Map<string, number>();

  constructor(port: number, deadAfter: number) {
    this.#port = port;
    this.#deadAfter = deadAfter;
  }

  /** The peers, `ADDRESS:PORT`, that have confirmed nothing for so long that they must be dropped, at `now` (ms, monotonic). */
  async look(now: number): Promise<string[]> {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readTable(`/proc/net/${name}`)));
    // When they could not be read nothing has become known, and nobody has confirmed anything.
    if (tables.includes(undefined)) return [];
    const silent = tables.flatMap((table) => unconfirmed(table!, this.#port));
    this.#silent = new Map(silent.map((peer) => [peer, this.#silent.get(peer) ?? now]));
    return [...this.#silent]
      .filter(([, since]) => now - since >= this.#deadAfter * SILENT_SHARE)
      .map(([peer]) => peer);
  }
}

/** Empty where there is none; undefined when it could not be read. */
const readTable = (path: string): Promise<string | undefined> =>
  readFile(path, 'latin1').catch(({ code }: NodeJS.ErrnoException) => (code === 'ENOENT' ? '' : undefined));

/** The peers, in a text such as /proc/net/tcp, of the connections to our `port` whose last bytes are sent again and again. */
export function unconfirmed(table: string, port: number): string[] {
  const ours = port.toString(16).toUpperCase().padStart(4, '0');
  // One look through the whole text: to take thousands of lines apart would hold up everybody.
  const lines = new RegExp(
    `: [0-9A-F]+:${ours} ([0-9A-F]+:[0-9A-F]+) ${ESTABLISHED} \\S+ ${RETRANSMITTING}:\\S+ ([0-9A-F]+) `,
    'g',
  );
  const peers: string[] = [];
  for (const [, remote, retransmissions] of table.matchAll(lines)) {
    if (Number.parseInt(retransmissions!, 16) >= FEWEST_RETRANSMISSIONS) peers.push(readPeer(remote!));
  }
  return peers;
}

/** `0100007F:1F90` is 127.0.0.1:8080: words of 32 bits, as they lie in memory. */
function readPeer(written: string): string {
  const [hex = '', port = ''] = written.split(':');
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [...Buffer.from(word, 'hex')];
    return endianness() === 'LE' ? inOrder.reverse() : inOrder;
  });
  return `${bytes.length === 4 ? bytes.join('.') : showIPv6(bytes)}:${Number.parseInt(port, 16)}`;
}

/** As Node shows it (RFC 5952). */
function showIPv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[index * 2]! << 8) | bytes[index * 2 + 1]!).toString(16),
  );
  const { hostname } = new URL(`http://[${groups.join(':')}]`);
  const shown = hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shown);
  return mapped ? `::ffff:${bytes.slice(12).join('.')}` : shown;
}
