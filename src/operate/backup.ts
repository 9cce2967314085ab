import { createReadStream, createWriteStream, existsSync, fsyncSync, renameSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { say } from '../output.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { contents, problemsOf } from '../store/check.ts';
import { flush, refuseFolder, temporaryPath } from '../store/folder.ts';
import { explained, openFile } from '../store/open.ts';
import { actAsOwner, actsForAnother, asMyself } from '../store/owner.ts';
import { versionOf } from '../store/schema.ts';
import type { Subcommand } from '../subcommand.ts';
import { copyFolder, tell, withCopy } from './snapshot.ts';
import { withTemporaryFile } from './temporary.ts';

const backupSettings = z.object({
  data: dataFolder,
  force: z.boolean().default(false).meta({ description: 'replace FILE if it is there', flagOnly: true }),
});

export const backup: Subcommand = {
  settings: backupSettings,
  argument: 'FILE',
  intro: `Copies all data into FILE, one file that benang restore takes back, while the server runs or not. Every message that was
acknowledged before is in it. FILE holds everybody's messages and the hashes of their passwords: only you may read it, and
a copy elsewhere should be kept as well. It appears when it is complete and checked.`,

  async run([file, ...args]) {
    if (!file || file.startsWith('-')) {
      throw new StartupError('backup needs the name of a file to write; see --help', { exitCode: 2 });
    }
    const { data, force } = readSettings(backupSettings, args, process.env);
    const path = resolve(file);
    refuseFolder(path);
    if (existsSync(path) && !force) {
      throw new StartupError(`${file} is there already; choose another name, or replace it with --force`);
    }
    const folder = dirname(path);
    if (!existsSync(folder)) throw new StartupError(`there is no folder ${folder}; make it first`);
    const fresh = temporaryPath(folder, 'backup');
    return withTemporaryFile(fresh, async (descriptor) => {
      actAsOwner(data);
      const { holds, problem } =
        (actsForAnother() ? undefined : await copyInto(fresh, data)) ?? (await copyThrough(data, descriptor));
      const size = asMyself(() => {
        explained(path, () => renameSync(fresh, path));
        flush(folder);
        return statSync(path).size;
      });
      say(`${file}: ${sizeText(size)}${holds}`);
      if (problem === undefined) return 0;
      throw new StartupError(
        `the backup was made, but the database is damaged (${problem}); keep your older backups and run benang check`,
      );
    });
  },
};

interface Copied {
  readonly holds: string;
  /** The first thing that is wrong with it. */
  readonly problem: string | undefined;
}

/** Undefined when the running server cannot write there (see copyFolder()). */
async function copyInto(path: string, data: string): Promise<Copied | undefined> {
  return (await copyFolder(data, path)) ? look(path) : undefined;
}

/**
 * Makes the copy in the data folder and writes its bytes to an open file from there: so a file may be where neither the server nor
 * the folder's owner could write, and nobody can put a link in its place meanwhile.
 */
function copyThrough(data: string, file: number): Promise<Copied> {
  return withCopy(data, async (copy) => {
    const copied = look(copy);
    await pipeline(createReadStream(copy), createWriteStream('', { fd: file, autoClose: false }));
    fsyncSync(file);
    return copied;
  });
}

const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

function look(path: string): Copied {
  tell('checking the copy');
  using db = openFile(path);
  return explained(path, () => {
    const version = versionOf(db, path);
    const [problem] = problemsOf(db, version);
    tell('', true);
    if (problem !== undefined) return { holds: '', problem };
    const { accounts, messages } = contents(db, version);
    return { holds: `, ${accounts} accounts, ${messages} messages`, problem };
  });
}
