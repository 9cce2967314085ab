import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { NotTextError, plainText } from '../plain-text.ts';
import { printableName } from '../printable.ts';
import { StartupError } from '../startup-error.ts';
import { accountRules } from '../store/accounts-file.ts';

const TRIES = 3;
/** More than any password; whatever is on stdin is not read to its end. */
const MAX_LINE = 4096;

/**
 * A new password: asked for twice on a terminal, without showing it, or else the first line of stdin.
 *
 * @throws StartupError when none is given or it breaks the rules.
 */
export async function readNewPassword(username: string): Promise<string> {
  return process.stdin.isTTY ? askTwice(username) : checked(await firstLine());
}

function checked(password: string): string {
  const { success, error } = accountRules.password.safeParse(password);
  if (success) return password;
  throw new StartupError(`the password ${error.issues[0]!.message}`);
}

async function askTwice(username: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As a terminal's owner it turns the echo off.
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true, historySize: 0 });
  const lines = terminal[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    process.stderr.write('\n');
    if (done) throw new StartupError('left without a password; nothing was changed');
    return value;
  };
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const password = checked(await ask(`New password for ${printableName(username)}: `));
      if ((await ask('Once more: ')) === password) return password;
      process.stderr.write('They differ; try again.\n');
    }
    throw new StartupError('the two passwords differ; nothing was changed');
  } finally {
    terminal.close();
  }
}

async function firstLine(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.includes('\n') || text.length > MAX_LINE) break;
  }
  try {
    return plainText(text.split(/\r?\n/)[0]!);
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`the password on stdin ${error.message}`);
    throw error;
  }
}

/** Whether the person at the terminal says yes. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const { promise, resolve } = Promise.withResolvers<string>();
  terminal.on('close', () => resolve(''));
  terminal.question(`${question} [y/N] `, resolve);
  const answer = await promise;
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
