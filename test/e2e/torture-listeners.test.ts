import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { root } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tortureListeners } from '../torture/listeners.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'killed, frozen, cut off and with a full disk the server tells each listener all that is stored for it, once and in order',
  async () => {
    const seed = randomInt(2 ** 32);
    const options = { seed, duration: 8000, clients: 8, root, folder: tempFolder() };
    const { problems, sent, heard, disturbances } = await tortureListeners(options);
    expect({ seed, problems }).toEqual({ seed, problems: [] });
    expect(heard).toBeGreaterThan(sent);
    expect(Object.values(disturbances).some((count) => count > 0)).toBe(true);
  },
  180_000,
);
