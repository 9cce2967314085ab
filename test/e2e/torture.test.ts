import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { root } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { torture } from '../torture/torture.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'killed, frozen, cut off and with a full disk the server loses, doubles and invents nothing',
  async () => {
    const seed = randomInt(2 ** 32);
    const { findings, disturbances } = await torture({
      seed,
      duration: 8000,
      clients: 8,
      root,
      folder: tempFolder(),
    });
    expect({ seed, ...findings }).toMatchObject({
      lost: 0,
      doubled: 0,
      disordered: 0,
      invented: 0,
      garbled: 0,
      examples: [],
    });
    expect(findings.acknowledged).toBeGreaterThan(0);
    expect(findings.delivered).toBeGreaterThanOrEqual(findings.acknowledged);
    expect(Object.values(disturbances).some((count) => count > 0)).toBe(true);
  },
  120_000,
);
