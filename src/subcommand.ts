import type * as z from 'zod';

/** Something that people run: `benang NAME`. */
export interface Subcommand {
  readonly settings: z.ZodObject;
  /** What `--help` says above the options. */
  readonly intro: string;
  /** What it needs behind its name, as the usage shows it. */
  readonly argument?: string;
  /** Set when it goes on after whoever read its output has gone. */
  readonly outlivesReader?: true;
  /** Resolves to the exit code. `root` is the folder that the program is installed in. */
  run(args: readonly string[], root: string): Promise<number>;
}
