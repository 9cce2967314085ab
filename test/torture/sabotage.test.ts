import { expect, test } from '@jest/globals';
import { root } from '../support/program.ts';
import { broken, sabotages } from './sabotage.ts';

test.each(Object.entries(sabotages))('%s breaks code that is there', (_name, changes) => {
  for (const change of changes) expect(broken(root, change)).toContain(change.to);
});
