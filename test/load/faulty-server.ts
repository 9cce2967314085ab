import { createServer, type Server, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';

/** Ways to break promises. */
export type Fault =
  | 'loses'
  | 'doubles'
  | 'reorders'
  | 'invents'
  | 'misdelivers'
  | 'refuses'
  | 'hides'
  | 'drops';

interface Options {
  readonly fault?: Fault;
  /** How long each reply takes; a connection's requests are answered one after the other. */
  readonly delay?: number;
  /** Answers logins and nothing else. */
  readonly mute?: boolean;
}

interface Message {
  readonly msg_from: string;
  readonly msg_to: string;
  readonly msg: string;
}

const running = new Set<{ server: Server; sockets: Set<Socket> }>();

afterEach(async () => {
  for (const { server, sockets } of running) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  running.clear();
});

/** A chat server in a few lines, to be found out: it does all that a load run asks, but for its fault. It listens until the test has ended. */
export async function faultyServer({ fault, delay = 0, mute = false }: Options = {}): Promise<number> {
  const inboxes = new Map<string, [sender: string, message: Message][]>();
  const sockets = new Set<Socket>();
  let sends = 0;

  const answer = (request: string): unknown => {
    const [command, name = '', ...rest] = request.trim().split(/ +/);
    // A token is the username.
    if (command === 'auth') return { tokenid: name };
    if (fault === 'refuses') return { status: 'ERROR', message: 'No' };
    if (command === 'online')
      return {
        messages: fault === 'hides' ? {} : { x: { username: name, userdetail: { nama: name, negara: '' } } },
      };
    if (command === 'send') {
      const [to = '', ...words] = rest;
      if (fault === 'loses' && ++sends % 5 === 0) return { message: 'Message Sent' };
      const place = fault === 'misdelivers' && ++sends % 5 === 0 ? name : to;
      const inbox = inboxes.get(place) ?? [];
      inboxes.set(place, inbox);
      inbox.push([name, { msg_from: name, msg_to: to, msg: words.join(' ') }]);
      return { message: 'Message Sent' };
    }
    const inbox = inboxes.get(name) ?? [];
    inboxes.set(name, []);
    const messages = Object.groupBy(inbox, ([sender]) => sender);
    return {
      messages: Object.fromEntries(
        Object.entries(messages).map(([sender, all]) => [sender, spoil(all!.map(([, message]) => message))]),
      ),
    };
  };
  const spoil = (messages: Message[]): Message[] => {
    if (fault === 'doubles') return [...messages, messages.at(-1)!];
    if (fault === 'reorders') return messages.toReversed();
    if (fault === 'invents') {
      return messages.map((message) => ({ ...message, msg: message.msg.replace(/\d+$/, '1000000') }));
    }
    return messages;
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let line = Promise.resolve();
    let partial = '';
    let answered = 0;
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .on('data', (chunk) => {
        const requests = (partial + chunk).split('\r\n');
        partial = requests.pop()!;
        for (const request of requests) {
          line = line.then(async () => {
            if (mute && !request.startsWith('auth ')) return;
            if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
            if (fault === 'drops' && ++answered > 2) socket.destroy();
            socket.write(`${JSON.stringify({ status: 'OK', ...(answer(request) as object) })}\r\n\r\n`);
          });
        }
      });
  }).listen(0, '127.0.0.1');
  running.add({ server, sockets });
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}
