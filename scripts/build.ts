import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/**
 * Builds dist/: main.js (the executable, its parts loaded when needed), load/thread.js (a thread of the load tester, which
 * shares those parts) and connection.cjs (a connection thread's whole program in one file, because every thread loads it anew).
 *
 * Files are replaced by rename and stale ones removed last, so a program that starts during a build
 * finds either the old files or the new ones.
 */
const out = join(import.meta.dirname, '..', 'dist');

const common: BuildOptions = {
  absWorkingDir: join(import.meta.dirname, '..'),
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node26',
  write: false,
  legalComments: 'none',
};

const results = await Promise.all([
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
for (const file of results.flatMap((result) => result.outputFiles ?? [])) {
  mkdirSync(dirname(file.path), { recursive: true });
  const fresh = `${file.path}.${process.pid}.tmp`;
  writeFileSync(fresh, file.contents, { mode: 0o755 });
  renameSync(fresh, file.path);
  written.add(relative(out, file.path));
}
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !written.has(relative(out, path)) && !path.endsWith('.tmp')) rmSync(path);
}
