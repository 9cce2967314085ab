import type { Login } from './seed.ts';

export const workloads = ['inbox', 'online', 'send', 'mix'] as const;
export type Workload = (typeof workloads)[number];

/** What is sent. */
export const TEXT = 'nihao ma? the train is at ten past seven';

/** What each connection asks over and over, in bytes. Everybody writes to the next one, and the last to the first. */
export function chatRequests(workload: Workload, logins: readonly Login[]): string[][] {
  return logins.map(({ token }, index) => {
    const { username } = logins[(index + 1) % logins.length]!;
    const requests = {
      send: `send ${token} ${username} ${TEXT}\r\n`,
      inbox: `inbox ${token}\r\n`,
      online: `online ${token}\r\n`,
    };
    return workload === 'mix' ? [requests.send, requests.inbox, requests.online] : [requests[workload]];
  });
}

/** The same messages to the same inboxes, in Redis' protocol. */
export function redisPushes(logins: readonly Login[]): string[][] {
  return logins.map((_, index) => [
    respCommand('RPUSH', inboxKey(logins[(index + 1) % logins.length]!), TEXT),
  ]);
}

export const redisRemovals = (logins: readonly Login[]): string[] =>
  logins.map((login) => respCommand('DEL', inboxKey(login)));

const inboxKey = ({ username }: Login): string => `inbox:${username}`;

function respCommand(...words: readonly string[]): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join('')}`;
}
