/** A client thread's entry: answers what main asks. */
import { parentPort, workerData } from 'node:worker_threads';
import { StartupError } from '../startup-error.ts';
import { Team } from './team.ts';
import type { FromThread, ThreadTask, ToThread } from './thread-messages.ts';

const port = parentPort!;
const team = new Team(workerData as ThreadTask);

port.on('message', async (message: ToThread) => {
  if (message.call === 'stop') return team.stop();
  try {
    const { call, argument } = message;
    const result = (await (call === 'play' ? team.play(argument) : team[call]())) ?? undefined;
    port.postMessage({ result } satisfies FromThread);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    port.postMessage({ failed: error.message } satisfies FromThread);
  }
});
