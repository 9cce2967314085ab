import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

/**
 * Builds dist/: main.js (the executable, its parts loaded when needed), load/thread.js (a thread of the load tester, which
 * shares those parts), connection.cjs (a connection thread's whole program in one file, because every thread loads it anew) and
 * index.js (the client library, all of it and nothing else) with its types in types/.
 *
 * Files are replaced by rename and stale ones removed last, so a program that starts during a build
 * finds either the old files or the new ones.
 */
const root = join(import.meta.dirname, '..');
const out = join(root, 'dist');

const common: BuildOptions = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node26',
  write: false,
  legalComments: 'none',
};

interface Built {
  readonly path: string;
  readonly contents: Uint8Array;
}

/** The types of the client library, as tsc declares them. */
async function buildTypes(): Promise<{ outputFiles: Built[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'benang-types-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.types.json', '--outDir', folder], {
      cwd: root,
    });
    const outputFiles = filesIn(folder).map((path) => {
      // They import one another as the sources do; beside them there are no sources.
      const text = readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'");
      return { path: join(out, 'types', relative(folder, path)), contents: Buffer.from(text) };
    });
    return { outputFiles };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const results = await Promise.all([
  buildTypes(),
  build({ ...common, entryPoints: ['src/index.ts'], format: 'esm', packages: 'external' }),
  build({
    ...common,
    entryPoints: ['src/main.ts', 'src/load/thread.ts'],
    outbase: 'src',
    format: 'esm',
    splitting: true,
    packages: 'external',
    chunkNames: 'parts/[name]-[hash]',
  }),
  build({
    ...common,
    entryPoints: ['workers/connection.ts'],
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    // Every thread parses this text at its start; names stay, for stack traces.
    minifyWhitespace: true,
  }),
]);

const written = new Set<string>();
for (const file of results.flatMap((result): readonly Built[] => result.outputFiles ?? [])) {
  mkdirSync(dirname(file.path), { recursive: true });
  const fresh = `${file.path}.${process.pid}.tmp`;
  writeFileSync(fresh, file.contents, { mode: 0o755 });
  renameSync(fresh, file.path);
  written.add(relative(out, file.path));
}
for (const path of filesIn(out)) {
  if (!written.has(relative(out, path)) && !path.endsWith('.tmp')) rmSync(path);
}
