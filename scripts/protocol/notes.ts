import type * as z from 'zod';
import type { RefusalName } from './errors.ts';

/** What the document says of a command beyond what its definition does. */
export interface CommandNotes {
  /** The reply when all went well. */
  readonly reply: z.ZodObject;
  /** Its own errors; those that any request can get are not listed (see errors.ts). */
  readonly refusals?: readonly RefusalName[];
  /** Paragraphs. */
  readonly notes?: readonly string[];
}
