import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { withShortPath } from '../../src/control/short-path.ts';
import { tempFolder } from '../support/temp-folder.ts';

function deep(): string {
  const folder = join(tempFolder(), 'é'.repeat(60));
  mkdirSync(folder);
  writeFileSync(join(folder, 'socket'), '');
  return folder;
}

test('a short path is used as it is', () => {
  expect(withShortPath('data', 'socket', (path) => path)).toBe('data/socket');
});

test.each([
  ['', (folder: string) => folder],
  [', relative to where the program runs', (folder: string) => relative('', folder)],
])('a long one%s leads through a link that is gone afterwards', (_name, spelled) => {
  const folder = deep();
  const temporary = tempFolder();
  const look = (path: string): string => {
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect(realpathSync(path)).toBe(realpathSync(join(folder, 'socket')));
    return path;
  };
  const used = withShortPath(spelled(folder), 'socket', look, [temporary]);
  expect(used).toMatch(new RegExp(`^${temporary}/`));
  const fail = (): never => {
    throw new Error('broken');
  };
  expect(() => withShortPath(folder, 'socket', fail, [temporary])).toThrow('broken');
  expect(readdirSync(temporary)).toEqual([]);
});

test('where one place has no room for a link the next one is taken; where none has, it says so', () => {
  const places = [join(tempFolder(), 'missing'), deep(), tempFolder()];
  const [missing, long, good] = places as [string, string, string];
  expect(withShortPath(deep(), 'socket', (path) => dirname(dirname(dirname(path))), places)).toBe(good);
  expect(readdirSync(long)).toEqual(['socket']);
  expect(() => withShortPath(deep(), 'socket', String, [missing])).toThrow(
    /^the path of .* is too long for a socket, and no short link to it can be made in .* \(ENOENT.*\); choose a shorter/,
  );
});
