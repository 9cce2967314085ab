import { type MessagePort, workerData } from 'node:worker_threads';
import { Bell } from '../../src/threads/bell.ts';
import { type Batch, Mailbox, type MailboxShape } from '../../src/threads/mailbox.ts';
import type { Result, Results, ThreadRequest, ToThread } from '../../src/threads/messages.ts';

/*
 * Main's side of a crossing, in a thread of its own: it answers each batch as late as its requests say, with what they ask it to
 * say, and tells of each batch that it gets. `asked.refusal` is a Wish, as JSON.
 */

export interface Wish {
  /** Milliseconds until the batch is answered; undefined: at once. */
  readonly after?: number | undefined;
  /** The batch is answered only behind the arrival of one that `frees`. */
  readonly holds?: boolean | undefined;
  readonly frees?: boolean | undefined;
  readonly say: string;
  /** A message is lost when the batch comes, before anything is told. */
  readonly loses?: boolean | undefined;
  /** An event that is told when the batch comes. */
  readonly told?: string | undefined;
  /** An event that is told when the batch is answered. */
  readonly behind?: string | undefined;
}

const { bell, mailbox, port } = workerData as {
  bell: SharedArrayBuffer;
  mailbox: { shape: MailboxShape; memory: SharedArrayBuffer };
  port: MessagePort;
};
const box = new Mailbox(mailbox.shape, mailbox.memory);
const bells = new Bell(bell);
const freed = Promise.withResolvers<void>();
/** By connection: the batch that asked last is answered. */
const before = new Map<number, Promise<void>>();

const wishOf = ({ asked }: ThreadRequest): Wish => JSON.parse('refusal' in asked ? asked.refusal : '{}');

function post(message: ToThread): void {
  port.postMessage({ ...message, number: box.nextNumber });
  box.posted();
}

async function answer({ slot, requests }: Batch): Promise<void> {
  const wishes = requests.map(wishOf);
  const connections = requests.map(({ connection }) => connection);
  const earlier = connections.map((connection) => before.get(connection));
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const connection of connections) before.set(connection, promise);
  for (const { loses } of wishes) if (loses) box.posted();
  for (const { told } of wishes) if (told) post({ kind: 'events', told: [{ text: told, connections: [0] }] });
  const after = wishes.map((wish) => wish.after).filter((ms) => ms !== undefined);
  if (after.length > 0) await new Promise((done) => setTimeout(done, Math.max(...after)));
  if (wishes.some(({ frees }) => frees)) freed.resolve();
  if (wishes.some(({ holds }) => holds)) await freed.promise;
  await Promise.all(earlier);
  const results: Result[] = wishes.map(({ say }, index) => ({
    connection: connections[index]!,
    text: say,
    replies: 1,
    errors: 0,
    delivers: false,
    ended: false,
  }));
  if (!box.answer(slot, results)) post({ kind: 'results', slot: slot.index, results } satisfies Results);
  for (const { behind } of wishes)
    if (behind) post({ kind: 'events', told: [{ text: behind, connections: [0] }] });
  resolve();
}

port.once('message', () => {
  bells.stop();
  port.close();
  // Wakes the bell, so that nothing keeps this thread alive.
  bells.ring(0);
});
bells.listen(() => {
  for (let batch = box.take(); batch; batch = box.take()) void answer(batch);
});
