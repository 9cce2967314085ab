import * as z from 'zod';
import { describeDoubt, lengthOf } from '../clock/describe.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { askOrDo } from './ask.ts';

const clockSettings = z.object({ data: dataFolder });

/** What is said of the machine's clock, by what it means for Clock.confirm. */
const WORDS: Readonly<Record<string, boolean>> = { passed: true, corrected: false };

export const clock: Subcommand = {
  settings: clockSettings,
  argument: '[passed | corrected]',
  intro: `Shows whether the machine's clock is believed, whether the server runs or not. A clock that is suddenly far from what it
should say is not: nothing is deleted for its age then and no login or invite ends, beyond the time that has passed for certain. When it is
set right, all goes on by itself. When it is right already:

  passed     the time that it is ahead has passed: the server was off, or the machine was paused. What is old by it is deleted
             and ends
  corrected  it was wrong before, and has been set right: no such time has passed, and nothing is older than it was`,

  async run([word, ...rest]) {
    const named = word !== undefined && !word.startsWith('-');
    if (named && !Object.hasOwn(WORDS, word)) {
      throw new StartupError('clock takes passed, corrected or nothing; see --help', { exitCode: 2 });
    }
    const { data } = readSettings(
      clockSettings,
      named || word === undefined ? rest : [word, ...rest],
      process.env,
    );
    const passed = named ? WORDS[word] : undefined;
    const { says, expected, doubt } = await askOrDo(data, { command: 'clock', passed });
    process.stdout.write(`the machine's clock says ${iso(says)}, and should say ${iso(expected)}\n`);
    if (!doubt) {
      process.stdout.write(
        Math.abs(says - expected) < 1000
          ? 'it is believed\n'
          : `it is believed: ${lengthOf(says - expected)} are an ordinary correction\n`,
      );
      return 0;
    }
    process.stdout.write(`${describeDoubt(doubt)}\n`);
    return 1;
  },
};

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
