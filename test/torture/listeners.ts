import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Random } from '../support/random.ts';
import { type Disturbance, Disturber } from './disturber.ts';
import { Ear, type Heard } from './ear.ts';
import { Line } from './line.ts';
import { Target } from './target.ts';
import type { TortureOptions } from './torture.ts';

export interface ListenersResult {
  readonly disturbances: Readonly<Record<Disturbance, number>>;
  readonly sent: number;
  /** By all listeners together. */
  readonly heard: number;
  /** What is wrong, in sentences; at most some of it. */
  readonly problems: readonly string[];
}

const GROUPS = ['red', 'green', 'blue'];
const PATIENCE_MS = 60_000;
const MOST_PROBLEMS = 20;
const LAST = 'that was all';

/**
 * Lets clients listen and write to users and groups while the server and its line are disturbed, and in the end compares what each
 * has heard with what the database holds for it: the same messages, each once, in order; and what was sent is there once.
 *
 * @throws Error when the server ends by itself or does not let the clients hear all in time.
 */
export async function tortureListeners(options: TortureOptions): Promise<ListenersResult> {
  const { seed, duration, clients, root, folder, progress = () => {} } = options;
  const names = Array.from({ length: clients }, (_, index) => `user${index}`);
  const password = randomBytes(12).toString('hex');
  const [data, accounts] = [join(folder, 'data'), join(folder, 'accounts.json')];
  mkdirSync(data);
  const entries = names.map((username) => ({ username, nama: username, negara: '-', password }));
  writeFileSync(accounts, JSON.stringify(entries), { mode: 0o600 });
  const line = await Line.open();
  const target = new Target({ root, data, accounts, log: createWriteStream(join(folder, 'server.log')) });
  const disturber = new Disturber(target, line, new Random(seed), { changes: 0 });
  const ears = names.map((name, index) => {
    const groups = [GROUPS[index % GROUPS.length]!, GROUPS[(index + 1) % GROUPS.length]!];
    const others = [...groups.map((group) => `#${group}`), ...names.filter((other) => other !== name)];
    return {
      ear: new Ear({ name, password, port: line.port, others, random: new Random(seed, index + 1) }),
      groups,
    };
  });
  try {
    await disturber.start();
    for (const { ear, groups } of ears) {
      for (const group of groups) {
        await ear.insist(`addgroup TOKEN ${group}`);
        await ear.insist(`joingroup TOKEN ${group}`);
      }
    }
    const start = performance.now();
    let finished = false;
    const over = (): boolean => finished || performance.now() - start >= duration;
    const disturbing = disturber.disturb(over).finally(() => {
      finished = true;
    });
    const ended = await Promise.allSettled([disturbing, ...ears.map(({ ear }) => ear.talk(over))]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    progress('waiting until all is heard');
    await withPatience(hearAll(ears.map(({ ear }) => ear)));
    await target.stop();
  } finally {
    for (const { ear } of ears) ear.close();
    await target.kill();
    await line.close();
  }
  return {
    disturbances: disturber.counts,
    sent: ears.reduce((sum, { ear }) => sum + ear.sent.size, 0),
    heard: ears.reduce((sum, { ear }) => sum + ear.heard.length, 0),
    problems: judge(
      join(data, 'benang.db'),
      ears.map(({ ear }) => ear),
    ),
  };
}

/** Who hears a last message has heard all before. */
async function hearAll(ears: readonly Ear[]): Promise<void> {
  for (const [index, ear] of ears.entries()) {
    const next = ears[(index + 1) % ears.length]!;
    await ear.post(next.name, `${LAST}, ${next.name}`);
  }
  await Promise.all(ears.map((ear) => ear.hears(`${LAST}, ${ear.name}`)));
}

function judge(path: string, ears: readonly Ear[]): string[] {
  using db = new DatabaseSync(path, { readOnly: true });
  const problems: string[] = [];
  const stored = db.prepare(`SELECT message.id, text AS msg FROM message
    JOIN account AS me ON me.username = ? LEFT JOIN member ON member.account = me.id AND member.group_id = message.group_id
    WHERE recipient = me.id OR (member.account IS NOT NULL AND sender <> me.id AND message.id > joined_after)
    ORDER BY message.id`);
  const byKey = db.prepare(`SELECT message.id, text FROM message JOIN account ON account.id = sender
    WHERE username = ? AND key = ?`);
  const count = db.prepare(
    'SELECT count(*) AS count FROM message JOIN account ON account.id = sender WHERE username = ?',
  );
  for (const { name, heard, sent } of ears) {
    const there = stored.all(name) as unknown as Heard[];
    problems.push(...differences(name, heard, there));
    for (const [key, { text, id }] of sent) {
      const found = byKey.get(name, key);
      if (found?.id !== id || found?.text !== text)
        problems.push(`${name}: message ${text} is not there as it was sent`);
    }
    if (count.get(name)!.count !== sent.size)
      problems.push(`${name}: something was stored twice or invented`);
  }
  return problems.slice(0, MOST_PROBLEMS);
}

function differences(name: string, heard: readonly Heard[], there: readonly Heard[]): string[] {
  const at = there.findIndex(({ id, msg }, index) => heard[index]?.id !== id || heard[index]?.msg !== msg);
  if (at < 0 && heard.length === there.length) return [];
  const place = at < 0 ? there.length : at;
  const shown = (one: Heard | undefined): string => (one ? `${one.id} (${one.msg})` : 'nothing');
  return [
    `${name}: as number ${place + 1} it heard ${shown(heard[place])}, and stored is ${shown(there[place])}`,
  ];
}

function withPatience<T>(waiting: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the listeners could not hear all in time')), PATIENCE_MS);
  });
  return Promise.race([waiting, late]).finally(() => clearTimeout(timer));
}
