import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { root, runToEnd } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('the packed package works where it is installed into an empty folder', async () => {
  const folder = tempFolder();
  const env = cleanEnvironment({ PATH: `${dirname(process.execPath)}:${process.env.PATH}` });
  const packed = await runToEnd('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    env,
  });
  expect(packed.code).toBe(0);
  const app = join(folder, 'app');
  mkdirSync(app);
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1)!);
  const installed = await runToEnd('npm', ['install', '--silent', '--prefer-offline', tarball], {
    cwd: app,
    env,
  });
  expect(installed).toMatchObject({ code: 0 });
  const benang = join(app, 'node_modules/.bin/benang');
  expect((await runToEnd(benang, ['--help'], { cwd: app, env })).stdout).toContain('benang COMMAND');
  // The load tester starts the installed server, with its thread and its database.
  const load = await runToEnd(benang, ['load', '--connections', '2', '--duration', '500ms'], {
    cwd: app,
    env,
  });
  expect(load.stdout).toContain('wrong replies: 0');
  expect(load.code).toBe(0);
}, 300_000);
