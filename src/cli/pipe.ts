import { createInterface } from 'node:readline';
import { NotTextError, plainText } from '../plain-text.ts';
import { StartupError } from '../startup-error.ts';
import {
  asTyped,
  commandHelp,
  maskSecret,
  type OpenSession,
  printLine,
  showAdvice,
  showOutcome,
} from './screen.ts';
import type { Outcome } from './session.ts';

/**
 * Runs the lines of a pipe, one behind the other, and shows them as a terminal would: the prompt, the line (a
 * password masked), the result. Resolves to the exit code: 0 when every line went well.
 *
 * @throws StartupError when stdin is no text.
 */
export async function chatOnPipe(open: OpenSession, json: boolean): Promise<number> {
  const session = open(printLine, () => {});
  let ok = true;
  const show = (outcome: Outcome): void => {
    ok &&= outcome.ok;
    printLine(showOutcome(outcome, json));
    if (outcome.advice !== undefined) process.stderr.write(`${showAdvice(outcome.advice)}\n`);
  };
  const first = await session.connect();
  if (!first.ok) show(first);
  let isFirst = true;
  try {
    for await (const typed of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
      const line = isFirst ? firstLine(typed) : typed;
      isFirst = false;
      if (!json) printLine(`${session.prompt}${asTyped(maskSecret(line))}`);
      if (line.trim() === 'exit') break;
      if (line.trim() === 'help') {
        printLine(commandHelp);
        continue;
      }
      show(await session.run(line));
    }
  } finally {
    await session.close();
  }
  return ok ? 0 : 1;
}

/** @throws StartupError when it shows that what follows is no text. */
function firstLine(line: string): string {
  try {
    return plainText(line);
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`what comes on stdin ${error.message}`);
    throw error;
  }
}
