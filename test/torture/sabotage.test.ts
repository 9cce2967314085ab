import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { broken, buildBroken, type Sabotage, sabotages } from './sabotage.ts';

test.each(Object.entries(sabotages))('%s breaks code that is there', (_name, changes) => {
  for (const change of changes) expect(broken(root, change)).toContain(change.to);
});

test.each(Object.keys(sabotages) as Sabotage[])('what %s breaks can be built', (name) => {
  const folder = tempFolder();
  buildBroken(root, folder, name);
  expect(existsSync(join(folder, 'dist/main.js'))).toBe(true);
});
