import { transformSync } from 'esbuild';

/** Strips the types from a source file for Jest; esbuild is what builds the program too. */
export default {
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node26',
      sourcemap: 'external',
      sourcefile: path,
    });
    return { code, map };
  },
};
