import type { DatabaseSync } from 'node:sqlite';
import { styleText } from 'node:util';
import * as z from 'zod';
import { printable } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { checkDatabase } from '../store/check.ts';
import { explained, openFile } from '../store/open.ts';
import { versionOf } from '../store/schema.ts';
import type { Subcommand } from '../subcommand.ts';
import { withDatabase } from './snapshot.ts';

const checkSettings = z.object({
  data: dataFolder,
  file: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .meta({ value: 'FILE', description: 'check a backup instead' }),
});

export const check: Subcommand = {
  settings: checkSettings,
  intro: `Looks all data through and says what is wrong with it: the pages of the file, what refers to what, and what benang relies on.
While the server runs a copy is checked, so it takes room in the data folder for a while. Nothing is changed.
Exit code 0 when all is well.`,

  async run(args) {
    const { data, file } = readSettings(checkSettings, args, process.env);
    let problems: number;
    if (file) {
      using db = openFile(file);
      problems = report(db, file);
    } else problems = await withDatabase(data, report);
    if (problems === 0) return 0;
    throw new StartupError(
      file
        ? `${file} is damaged; use an older backup`
        : `the database in ${data} is damaged; make a backup of what there is, end the server, and restore a backup that benang check --file finds well`,
    );
  },
};

/** Prints what was looked at, as it is done; returns how many problems there are. */
function report(db: DatabaseSync, path: string): number {
  return explained(path, () => {
    let all = 0;
    for (const { what, count, problems } of checkDatabase(db, versionOf(db, path))) {
      const verdict = problems.length === 0 ? styleText('green', 'ok   ') : styleText('red', 'wrong');
      process.stdout.write(`${verdict}  ${what}${count === undefined ? '' : `: ${count}`}\n`);
      for (const problem of problems) process.stdout.write(`       ${printable(problem)}\n`);
      all += problems.length;
    }
    return all;
  });
}
