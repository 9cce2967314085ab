import * as z from 'zod';
import type { Subcommand } from '../program.ts';
export const load: Subcommand = {
  settings: z.object({}),
  intro: '',
  async run() {
    return 0;
  },
};
