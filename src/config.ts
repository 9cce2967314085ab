import * as z from 'zod';
import { duration, integer, size } from './settings.ts';

const file = z.string().min(1, 'must not be empty');

const settings = z.object({
  config: z
    .string()
    .optional()
    .meta({ value: 'FILE', description: 'read settings from a JSON file, such as {"port": 8889}' }),
  port: integer(0, 65535)
    .default(8889)
    .meta({ value: 'PORT', description: 'TCP port to listen on; 0 takes a free one' }),
  host: z
    .string()
    .min(1, 'must not be empty')
    .default('127.0.0.1')
    .meta({ value: 'HOST', description: 'address to listen on; 0.0.0.0 is every network' }),
  tlsCert: file.optional().meta({
    value: 'FILE',
    description: "speak TLS with this certificate: PEM, the server's own first, then its chain",
  }),
  tlsKey: file
    .optional()
    .meta({ value: 'FILE', description: "the certificate's private key: PEM, without a passphrase" }),
  handshakeTimeout: duration.prefault('10s').meta({
    value: 'TIME',
    description: 'a client that has not finished the TLS handshake by then is dropped',
  }),
  data: z
    .string()
    .min(1, 'must not be empty')
    .default('data')
    .meta({ value: 'DIR', description: 'folder of the database, made when missing' }),
  accounts: z.string().optional().meta({
    value: 'FILE',
    description:
      'accounts for an empty database: a JSON list of {username, nama, negara, password}; without it DIR/users.json, else the three of the course',
  }),
  sessionIdle: duration
    .prefault('24h')
    .meta({ value: 'TIME', description: 'a session ends when unused for this long' }),
  keepRead: integer(0, 36_500).optional().meta({
    value: 'DAYS',
    description: 'delete messages that were read more than DAYS days ago; without it they are kept for ever',
  }),
  maxRequest: size(256, 1024 * 1024)
    .prefault('64KiB')
    .meta({ value: 'SIZE', description: 'longest request taken' }),
  threads: integer(1, 1024).optional().meta({
    value: 'N',
    description: 'exactly N threads, shared by all connections; without it every connection has its own',
  }),
  spareThreads: integer(0, 1000).optional().meta({
    value: 'N',
    description:
      'threads that wait for a connection; without it a tenth of what the machine carries, 200 at the most',
  }),
  maxThreads: integer(1, 100_000).optional().meta({
    value: 'N',
    description: 'beyond N threads connections share; without it, what the machine carries',
  }),
  maxConnections: integer(1, 1_000_000)
    .default(10_000)
    .meta({ value: 'N', description: 'beyond N connections a client is told to come back' }),
  maxPerAddress: integer(1, 1_000_000).optional().meta({
    value: 'N',
    description:
      'connections from one address at once; without it 1000, and from this machine itself any number',
  }),
  maxRate: integer(1, 1_000_000).optional().meta({
    value: 'N',
    description:
      'requests a second on one connection; without it 1000, and from this machine itself any number',
  }),
  maxSessions: integer(1, 1_000_000)
    .default(10_000)
    .meta({ value: 'N', description: 'logins of one user at once; then the longest unused one ends' }),
  maxUnread: integer(1, 1_000_000_000).default(1_000_000).meta({
    value: 'N',
    description: 'messages that may wait unread in one inbox, and of those that one user has sent to groups',
  }),
  maxUnreadSize: size(1024, 2 ** 40)
    .prefault('256MiB')
    .meta({
      value: 'SIZE',
      description: 'text that may wait unread in one inbox, and of what one user has sent to groups',
    }),
  maxUnwritten: size(8 * 1024 ** 2, 2 ** 30)
    .prefault('32MiB')
    .meta({
      value: 'SIZE',
      description: 'replies that may wait until a client takes them; then it is dropped',
    }),
  maxEvents: size(128 * 1024, 2 ** 30)
    .prefault('1MiB')
    .meta({
      value: 'SIZE',
      description:
        'events that may wait until a client that listens takes them; then it is told to ask again',
    }),
  registration: z
    .enum(['open', 'invite', 'closed'], 'must be open, invite or closed')
    .default('closed')
    .meta({
      value: 'WHO',
      description:
        'who may register: open is everybody, invite whoever has one (see benang invite), closed nobody',
    }),
  maxAccounts: integer(1, 100_000_000)
    .default(10_000)
    .meta({ value: 'N', description: 'beyond N accounts nobody can register' }),
  failedLogins: integer(1, 1000).default(5).meta({
    value: 'N',
    description:
      'wrong passwords for one user from one address before the next try has to wait, longer each time',
  }),
  slowTimeout: duration
    .prefault('30s')
    .meta({ value: 'TIME', description: 'a client that takes no replies for this long is dropped' }),
  deadAfter: duration
    .pipe(z.number().min(3000, 'must be at least 3s'))
    .prefault('60s')
    .meta({ value: 'TIME', description: 'a client whose machine does not answer for this long is dropped' }),
  idleTimeout: duration
    .prefault('24h')
    .meta({ value: 'TIME', description: 'a client that asks nothing for this long is dropped' }),
  loginTimeout: duration
    .prefault('10m')
    .meta({ value: 'TIME', description: 'a client that is not logged in for this long is dropped' }),
  stallTimeout: duration
    .prefault('5s')
    .meta({ value: 'TIME', description: 'a thread that makes no progress for this long is ended' }),
  allowDrills: z.boolean().default(false).meta({
    description: 'let clients set off disasters in their threads; never on a real server',
    flagOnly: true,
  }),
  drainTimeout: duration
    .prefault('10s')
    .meta({ value: 'TIME', description: 'how long ending waits for what was begun' }),
  logLevel: z
    .enum(['error', 'warn', 'info', 'debug'], 'must be error, warn, info or debug')
    .default('info')
    .meta({ value: 'LEVEL', description: 'error, warn, info, or debug, which shows message texts' }),
  logFormat: z
    .enum(['text', 'json'], 'must be text or json')
    .default('text')
    .meta({ value: 'FORMAT', description: 'text or json' }),
  logRate: integer(0, 1_000_000).default(100).meta({
    value: 'N',
    description: 'log at most N lines about requests and connections a second; 0 logs all',
  }),
});

/** Everything that can be set on a server: the one source of its flags, environment, file and `--help`. */
export const serverSettings = settings.superRefine(({ tlsCert, tlsKey }, { addIssue }) => {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return;
  const missing = tlsCert === undefined ? 'tlsCert' : 'tlsKey';
  addIssue({ code: 'custom', path: [missing], message: 'is missing: a certificate and its key go together' });
});

export type ServerSettings = z.output<typeof serverSettings>;
