import { createInterface } from 'node:readline';
import { printable } from '../printable.ts';
import { commandHelp, commandNames, type OpenSession, showAdvice, showOutcome } from './screen.ts';
import type { ChatSession } from './session.ts';

/** Chats with a person. Resolves to the exit code when they leave. */
export async function chatOnTerminal(open: OpenSession, json: boolean): Promise<number> {
  const session = open(print, lost);
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) =>
      void complete(session, line).then((result) => done(null, result)),
    removeHistoryDuplicates: true,
  });
  let running = false;

  /** Shows a line above the prompt; a half-typed line stays as it is. */
  function print(line: string): void {
    // A long half-typed line may stand on several rows of the screen.
    const { rows } = terminal.getCursorPos();
    const up = rows > 0 ? `\u001b[${rows}A` : '';
    process.stdout.write(`${running ? '' : `${up}\r\u001b[J`}${line}\n`);
    if (!running) terminal.prompt(true);
  }

  function lost(): void {
    print(`Error, Gagal\n(the server has gone away; type connect to try again)`);
  }

  async function run(line: string): Promise<string> {
    if (line.trim() === 'help') return commandHelp;
    const outcome = await session.run(line);
    const advice = outcome.advice === undefined ? '' : `\n${showAdvice(outcome.advice)}`;
    return `${showOutcome(outcome, json)}${advice}`;
  }

  const first = await session.connect();
  process.stdout.write(
    first.ok
      ? `${first.text}; type help for the commands\n`
      : `${showOutcome(first, json)}\n${showAdvice(first.advice ?? 'no server answers; type connect to try again')}\n`,
  );

  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  // Lines typed or pasted while one is running wait for it.
  let queue = Promise.resolve();
  terminal.on('line', (line) => {
    queue = queue.then(async () => {
      if (line.trim() === 'exit') return leave();
      running = true;
      process.stdout.write(`${await run(line)}\n`);
      running = false;
      terminal.setPrompt(session.prompt);
      terminal.prompt();
    });
    queue.catch((error) => terminal.emit('error', error));
  });
  terminal.on('SIGINT', leave);
  terminal.on('close', () => void queue.then(leave));
  terminal.setPrompt(session.prompt);
  terminal.prompt();
  await left;
  terminal.close();
  process.stdout.write('\n');
  await session.close();
  return 0;
}

/** Completes the command, and behind `send` the user. */
async function complete(session: ChatSession, line: string): Promise<[string[], string]> {
  const send = /^send (\S*)$/.exec(line);
  if (!send) return [commandNames.filter((name) => name.startsWith(line)).map((name) => `${name} `), line];
  await session.learnUsers();
  const start = send[1]!;
  return [
    session.knownUsers
      .filter((user) => user.startsWith(start) && user === printable(user))
      .map((user) => `${user} `),
    start,
  ];
}
