import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { crashImage } from '../support/damage.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { executable, runBenang } from '../support/program.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** `KILL_ROUNDS=100 npm test -- restore-killed` for the long form. */
const rounds = Number(process.env.KILL_ROUNDS ?? 10);

async function fill(text: string, messages: number) {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann } = await addAccounts(store, 'ann');
  const sends = Array.from({ length: messages }, () =>
    store.addMessage({ sender: ann, recipient: 'ann', text, sentAt: 1 }),
  );
  await Promise.all(sends);
  return { folder, store };
}

test(`restore, killed ${rounds} times at any moment: there is the old database or the new one, and it is clean`, async () => {
  const { folder: source, store: given } = await fill('new', 1000);
  await closeStore(given);
  const file = join(tempFolder(), 'backup.db');
  await runBenang(['backup', file, '--data', source]);
  // As a killed server leaves it: what is newest is in the WAL.
  const { folder: running, store } = await fill('old', 2000);
  const image = crashImage(running);
  await closeStore(store);

  const found = { old: 0, new: 0 };
  let whole = 0;
  for (let round = -2; round < rounds; round++) {
    const data = crashImage(image);
    const start = performance.now();
    const child = spawn(process.execPath, [executable, 'restore', file, '--data', data], {
      env: cleanEnvironment(),
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    // The first ones are left alone, to learn how long it takes; the moments of the others are spread over its second half,
    // for the first goes by before anything is done.
    const kill = setTimeout(
      () => child.kill('SIGKILL'),
      round < 0 ? 60_000 : whole * (0.5 + (0.5 * (round + 0.5)) / rounds),
    );
    await ended;
    clearTimeout(kill);
    if (round < 0) whole = performance.now() - start;

    const exported = (await runBenang(['export', '--data', data])).stdout.split('\n').filter(Boolean);
    const texts = new Set(exported.map((line) => JSON.parse(line).text));
    expect(texts.size).toBe(1);
    const [text] = texts as Set<'old' | 'new'>;
    if (round >= 0) found[text!]++;
    else expect(text).toBe('new');
    expect(exported).toHaveLength(text === 'old' ? 2000 : 1000);
    expect((await runBenang(['check', '--data', data])).code).toBe(0);
    // Whichever it is, it gives no number that the old one may have given.
    using db = new DatabaseSync(join(data, 'benang.db'), { readOnly: true });
    const { seq } = db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'message'`).get()!;
    expect(seq).toBeGreaterThanOrEqual(2000);
  }
  process.stdout.write(
    `restore killed ${rounds} times: old database ${found.old}, new database ${found.new}\n`,
  );
  expect(found.old + found.new).toBe(rounds);
}, 600_000);
