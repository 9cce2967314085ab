import * as z from 'zod';
import { duration, integer } from '../settings.ts';
import { tlsSettings } from '../tls-settings.ts';
import { MOST_WEIGHT, parseMix } from './mix.ts';

const PAIR = /^([^,]+),([^,]+)$/;

export const loadSettings = z.object({
  connections: integer(1, 10_000)
    .default(50)
    .meta({ value: 'N', description: 'connections at work at once' }),
  duration: duration.prefault('10s').meta({ value: 'TIME', description: 'how long to measure' }),
  rampUp: duration.optional().meta({
    value: 'TIME',
    description:
      'connections log in and begin one after the other, evenly over this time; what is answered behind it is measured. Without it all log in first, then begin together',
  }),
  rate: integer(1, 1_000_000).optional().meta({
    value: 'N',
    description:
      'requests a second over all connections, however slow the replies are; without it each waits for its reply',
  }),
  depth: integer(1, 1000)
    .default(1)
    .meta({ value: 'N', description: 'requests in flight on a connection, at the most' }),
  mix: z
    .string()
    .transform((written, { addIssue }) => {
      const mix = parseMix(written);
      if (mix) return mix;
      addIssue(
        `must be such as send=3,inbox=1, of send, inbox and online, with weights up to ${MOST_WEIGHT}`,
      );
      return z.NEVER;
    })
    .prefault('send=1,inbox=1,online=1')
    .meta({ value: 'MIX', description: 'how often each command is asked, by weight' }),
  idle: integer(0, 10_000).default(0).meta({
    value: 'N',
    description:
      'further connections that log in, make one request, then ask nothing, and must be alive in the end',
  }),
  threads: integer(1, 64).optional().meta({
    value: 'N',
    description: 'threads of the tester; without it as many as there are processors, 4 at the most',
  }),
  target: z
    .string()
    .regex(/^.+:\d+$/, 'must be HOST:PORT')
    .optional()
    .meta({
      value: 'HOST:PORT',
      description: 'a running server; without it one is started on a temporary folder',
    }),
  accounts: z
    .string()
    .optional()
    .meta({ value: 'FILE', description: "the target's accounts, as its own --accounts has them" }),
  ...tlsSettings,
  json: z.boolean().default(false).meta({ description: 'print the result as JSON', flagOnly: true }),
  compare: z
    .string()
    .regex(PAIR, 'must be two files: BEFORE.json,AFTER.json')
    .transform((files) => PAIR.exec(files)!.slice(1, 3) as [string, string])
    .optional()
    .meta({ value: 'BEFORE,AFTER', description: 'measure nothing, compare two files that --json printed' }),
});
