import type { ChatOptions } from '../client/options.ts';
import { Interpreter } from './interpreter.ts';
import { LineEditor } from './line-editor.ts';
import { Lines } from './live/lines.ts';
import { nameColour, paintFor } from './paint.ts';
import { asTyped, isSecret, maskSecret, type OpenSession, showAdvice, showOutcome } from './screen.ts';
import type { Outcome } from './session.ts';

/** Chats with a person. Resolves to the exit code when they leave. */
export async function chatOnTerminal(open: OpenSession, server: ChatOptions, json: boolean): Promise<number> {
  const { stdin: input, stdout: output } = process;
  const paint = paintFor(output);
  const lines = new Lines(paint);
  const interpreter = new Interpreter({ open, server, lines, json, print, show, changed });
  const { promise: left, resolve: leave, reject } = Promise.withResolvers<void>();
  const { promise: hurried, resolve: hurry } = Promise.withResolvers<void>();
  // Lines typed or pasted while one is running wait for it.
  let queue = Promise.resolve();
  let waiting = 0;
  let leaving = false;
  const editor = new LineEditor({
    input,
    output,
    complete: (line) => interpreter.complete(line),
    isSecret,
    onLine: entered,
    onEndOfText: () => {
      queue = queue.then(() => {
        if (!interpreter.leave()) leave();
      });
    },
    onLeave: () => {
      // Whoever says it twice does not want to wait for anything.
      if (leaving) hurry();
      leaving = true;
      leave();
    },
  });

  function print(text: string): void {
    editor.print(text);
  }

  function show(outcome: Outcome): void {
    const advice = outcome.advice === undefined ? '' : `\n${showAdvice(outcome.advice)}`;
    print(`${showOutcome(outcome, json)}${advice}`);
  }

  function changed(): void {
    if (waiting > 0) return;
    const { here, notice, prompt } = interpreter;
    editor.prompt = `${paint('yellow', notice)}${here === undefined ? prompt : paint(nameColour(here), prompt)}`;
  }

  function entered(line: string): void {
    const { prompt } = editor;
    const isMessage = interpreter.isMessage(line);
    if (isMessage || isSecret(line)) editor.takeBack(line);
    if (!isMessage && isSecret(line)) output.write(`${prompt}${asTyped(maskSecret(line))}\n`);
    waiting += 1;
    editor.prompt = '';
    queue = queue.then(() => obey(line)).catch(reject);
  }

  async function obey(line: string): Promise<void> {
    const outcome = await interpreter.run(line);
    waiting -= 1;
    if (outcome === 'exit') return leave();
    if (outcome) show(outcome);
    changed();
  }

  const first = await interpreter.connect();
  if (first.ok) print(`${first.text}; type help for the commands`);
  else show({ ...first, advice: first.advice ?? 'no server answers; type connect to try again' });
  changed();
  await left;
  await Promise.race([interpreter.sent(), hurried]);
  await interpreter.close();
  editor.end();
  output.write('\n');
  return 0;
}
