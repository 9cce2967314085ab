import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { dataFolder, readSettings } from '../settings.ts';
import type { Subcommand } from '../subcommand.ts';
import { askServer } from './client.ts';

const LOOK_AGAIN_MS = 20;
const stopSettings = z.object({ data: dataFolder });

export const stop: Subcommand = {
  settings: stopSettings,
  intro:
    'Ends the running server in order: what was begun is finished and answered first. Returns when it has ended.',

  async run(args) {
    const { data } = readSettings(stopSettings, args, process.env);
    const { pid } = await askServer(data, { command: 'stop' });
    while (isRunning(pid)) await sleep(LOOK_AGAIN_MS);
    process.stdout.write('stopped\n');
    return 0;
  },
};

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
