import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp-folder.ts';

/** What a kill -9 at this moment would leave of a data folder whose database is open. */
export function crashImage(folder: string, image = tempFolder()): string {
  for (const name of ['benang.db', 'benang.db-wal']) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(image, name));
  }
  return image;
}

export function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const content = readFileSync(path);
  content.set(bytes.subarray(0, Math.max(0, content.length - at)), at);
  writeFileSync(path, content);
}

export const truncate = (path: string, bytes: number): void => truncateSync(path, bytes);
