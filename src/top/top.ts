import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import * as z from 'zod';
import { cutTo } from '../columns.ts';
import { askServer } from '../control/client.ts';
import { STATUS_FORMAT, type Status } from '../control/messages.ts';
import { say } from '../output.ts';
import { dataFolder, duration, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { describeStatus, rowsOf, type SortKey, sortKeys } from './view.ts';

const topSettings = z.object({
  data: dataFolder,
  interval: duration.prefault('1s').meta({ value: 'TIME', description: 'time between two looks' }),
  sort: z
    .enum(
      Object.keys(sortKeys) as [SortKey, ...SortKey[]],
      `must be one of ${Object.keys(sortKeys).join(', ')}`,
    )
    .default('r')
    .meta({
      value: 'KEY',
      description: 'sort by c cpu, h heap, r requests, i in, o out, q queue, t thread or u user',
    }),
  json: z.boolean().default(false).meta({ description: 'print one look as JSON', flagOnly: true }),
});

export const top: Subcommand = {
  settings: topSettings,
  intro: `Shows what the threads of the running server do. On a terminal it goes on until Ctrl-C or x; the keys of --sort
sort. Into a pipe or file it prints once.`,

  async run(args) {
    const { data, interval, sort, json } = readSettings(topSettings, args, process.env);
    const look = () => statusOf(data);
    if (process.stdout.isTTY && process.stdin.isTTY && !json) return watch(look, interval, sort);
    const before = await look();
    await sleep(interval);
    const now = await look();
    const { threads, format: _, ...rest } = now;
    const text = json
      ? JSON.stringify({ ...rest, threads: rowsOf(before, now, sort) })
      : describeStatus(before, now, sort).join('\n');
    say(text);
    return 0;
  },
};

async function statusOf(data: string): Promise<Status> {
  const status = await askServer(data, { command: 'status' });
  if (status.format === STATUS_FORMAT) return status;
  throw new StartupError(`the server on ${data} is of another version, which top cannot read; restart it`);
}

const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

async function watch(look: () => Promise<Status>, interval: number, first: SortKey): Promise<number> {
  const { stdin, stdout } = process;
  const ended = new AbortController();
  let sort = first;
  let before = await look();
  let now = before;
  const draw = (): void => {
    const width = stdout.columns ?? 80;
    const [head, ...lines] = describeStatus(before, now, sort, (stdout.rows ?? 24) - 1).map((text) =>
      cutTo(text, width - 1),
    );
    stdout.write(`${HOME_AND_CLEAR}${styleText('bold', head!, { stream: stdout })}\n${lines.join('\n')}`);
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', (keys: string) => {
    if (keys === 'x' || keys === '\u0003' || keys === '\u0004') ended.abort();
    else if (keys in sortKeys) {
      sort = keys as SortKey;
      if (now !== before) draw();
    }
  });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  stdout.write(`${ENTER_SCREEN}${HOME_AND_CLEAR}looking…`);
  try {
    while (!ended.signal.aborted) {
      await sleep(interval, undefined, { signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted) break;
      const next = await look();
      [before, now] = [now, next];
      draw();
    }
  } finally {
    stdout.write(LEAVE_SCREEN);
    stdin.setRawMode(false);
    stdin.pause();
  }
  return 0;
}
