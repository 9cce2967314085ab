import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { connect } from '../../src/index.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { root, runToEnd, startProgram, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

const env = cleanEnvironment({ PATH: `${dirname(process.execPath)}:${process.env.PATH}` });

/** Packs the package and installs it into an empty folder; returns that folder. */
async function install(): Promise<string> {
  const folder = tempFolder();
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
  return app;
}

/** The bot in the README, on another port. */
function botOfReadme(port: number): string {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const [, section = ''] = text.split('\n## For programs\n');
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  expect(code.split('await connect({ ')).toHaveLength(2);
  return code.replace('await connect({ ', `await connect({ port: ${port}, `);
}

/** What strict type checks say of the TypeScript files in a folder. */
function checkTypes(folder: string) {
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['bot.ts'] }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return runToEnd(process.execPath, [tsc, '-p', folder], { cwd: folder, env });
}

test('the packed package works where it is installed into an empty folder', async () => {
  const app = await install();
  const benang = join(app, 'node_modules/.bin/benang');
  expect((await runToEnd(benang, ['--help'], { cwd: app, env })).stdout).toContain('benang COMMAND');
  // The load tester starts the installed server, with its thread and its database.
  const load = await runToEnd(benang, ['load', '--connections', '2', '--duration', '500ms'], {
    cwd: app,
    env,
  });
  expect(load.stdout).toContain('wrong replies: 0');
  expect(load.code).toBe(0);

  // Its library: the README's bot has the right types, and answers once, before it is killed, while it is away and behind that.
  const server = await startServer();
  const path = join(app, 'bot.ts');
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(path, botOfReadme(server.port));
  expect(await checkTypes(app)).toEqual({ code: 0, stdout: '', stderr: '' });
  await using chat = await connect({ port: server.port, username: 'messi', password: 'surabaya' });
  const answers: string[] = [];
  const answered = async (): Promise<void> => {
    for await (const event of chat) {
      if (event.event === 'message') return void answers.push(event.msg);
    }
  };
  for (let round = 0; round < 3; round++) {
    const bot = startProgram(process.execPath, [path], { cwd: app, env });
    await bot.printed('henderson listens');
    if (round === 0) await chat.post('henderson', 'roll');
    await answered();
    await chat.post('henderson', 'what?');
    await chat.post('henderson', 'online');
    await answered();
    await bot.kill();
    // For the next one.
    await chat.post('henderson', 'roll');
  }
  const roll = expect.stringMatching(/^you have rolled [1-6]$/);
  expect(answers).toEqual([1, 2, 3].flatMap(() => [roll, 'messi, henderson']));
  await server.stop();
}, 300_000);

test('the library brings nothing of the server and nothing that is installed', () => {
  const bundle = readFileSync(join(root, 'dist/index.js'), 'utf8');
  const imported = [...bundle.matchAll(/\b(?:from|import\(?) ?"([^"]+)"/g)].map(([, name]) => name!);
  expect(imported).toContain('node:net');
  expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([]);
  expect(imported).not.toContain('node:sqlite');
  expect(imported).not.toContain('node:worker_threads');
});
