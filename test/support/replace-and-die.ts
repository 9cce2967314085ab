import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/*
 * Run as a program: puts the database FRESH in the place of the one in FOLDER, as benang restore does, and is killed
 * before the STEP-th thing that this does to the disk, counted from 1. It ends with exit code 0 when there are fewer.
 */
const [folder, fresh, step] = process.argv.slice(2);
let left = Number(step);

for (const name of ['linkSync', 'renameSync', 'rmSync', 'fsyncSync'] as const) {
  const original = fs[name] as (...args: unknown[]) => void;
  (fs[name] as typeof original) = (...args) => {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
    original(...args);
  };
}
syncBuiltinESMExports();

const { lockFolder } = await import('../../src/store/folder.ts');
const { replaceDatabase } = await import('../../src/store/replace.ts');
lockFolder(folder!);
replaceDatabase(folder!, fresh!);
