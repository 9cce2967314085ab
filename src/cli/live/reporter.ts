import type { ChatEvent } from '../../client/event-queue.ts';
import { printable, printableName } from '../../printable.ts';
import type { Lines, Shown } from './lines.ts';

const UNSURE =
  "(the server's data was replaced: what was said meanwhile may be missing here; history shows it)";

/** The times of so many messages are remembered, to say which one was deleted. */
const TIMES_KEPT = 1000;

/** Tells a person what happens, as lines or as JSON. `me` is the user who is told, `here` the conversation that is open. */
export class Reporter {
  readonly #lines: Lines;
  readonly #json: boolean;
  readonly #print: (text: string) => void;
  readonly #times = new Map<number, number>();

  constructor(lines: Lines, json: boolean, print: (text: string) => void) {
    this.#lines = lines;
    this.#json = json;
    this.#print = print;
  }

  /** `matters`: of what is told in passing, whether it is worth a line. */
  event(event: ChatEvent, me: string, here: string | undefined, matters: boolean): void {
    switch (event.event) {
      case 'message':
        this.remember(event);
        return this.#tell(() => this.#lines.message(event, me, here), event);
      case 'edited':
        return this.#tell(() => this.#lines.edited(event, me, here), event);
      case 'deleted':
        return this.#tell(() => this.#lines.deleted(event, me, here, this.#times.get(event.message)), event);
      case 'read':
        if (matters || this.#json) this.#tell(() => this.#lines.read(event), event);
        return;
      case 'presence':
        if (matters || this.#json) this.#tell(() => this.#lines.presence(event, Date.now()), event);
    }
  }

  sent(message: Shown, here: string | undefined): void {
    this.remember(message);
    const reply = { status: 'OK', message: 'Message Sent', id: message.id };
    this.#tell(() => this.#lines.message(message, message.from, here), reply);
  }

  waiting(message: Omit<Shown, 'id'>, here: string | undefined): void {
    const { to, group, msg } = message;
    this.#tell(() => this.#lines.waiting(message, here), { event: 'waiting', to, group, msg });
  }

  /** `perhaps`: it was sent, and nobody knows what has become of it. `reason`: why it was refused. */
  notSent(
    to: string,
    text: string,
    { perhaps = false, reason }: { readonly perhaps?: boolean; readonly reason?: string },
  ): void {
    const what = perhaps ? 'perhaps not sent' : 'not sent';
    const note = this.#lines.note(`(${what} to ${printableName(to)}: ${text})`);
    this.#tell(() => (reason === undefined ? note : `Error, ${printable(reason)}\n${note}`), {
      event: what,
      to,
      msg: text,
      reason,
    });
  }

  /** What has happened since the last connection may not have been told. */
  unsure(): void {
    this.#tell(() => this.#lines.note(UNSURE), { event: 'unsure' });
  }

  /** A message has been shown. */
  remember({ id, sent_at: at }: Pick<Shown, 'id' | 'sent_at'>): void {
    this.#times.set(id, at);
    if (this.#times.size > TIMES_KEPT) this.#times.delete(this.#times.keys().next().value!);
  }

  forget(): void {
    this.#times.clear();
  }

  #tell(lines: () => string, json: object): void {
    this.#print(this.#json ? printable(JSON.stringify(json)) : lines());
  }
}
