import { Script } from 'node:vm';

/** The connection thread's program, ready to be started in many threads. */
export interface ThreadProgram {
  readonly source: string;
  /** V8's code cache of it, shared by all threads. */
  readonly cache: SharedArrayBuffer;
}

const FILENAME = 'connection.cjs';

/**
 * What a Worker evaluates: it takes the program and its code cache from `workerData`. Handing Node the program itself to
 * evaluate takes longer by about a quarter of a bare thread's start (npm run bench -- --only threads).
 */
export const LOADER = `
const { workerData: { program } } = require('node:worker_threads');
const { Script } = require('node:vm');
const script = new Script(program.source, { filename: '${FILENAME}', cachedData: Buffer.from(program.cache) });
script.runInThisContext()(require);
`;

/** Compiles the bundle's text once, for all threads to come. */
export function compileThreadProgram(bundle: string): ThreadProgram {
  const source = `(function (require) {${bundle}\n})`;
  const compiled = new Script(source, { filename: FILENAME }).createCachedData();
  const cache = new SharedArrayBuffer(compiled.length);
  new Uint8Array(cache).set(compiled);
  return { source, cache };
}
