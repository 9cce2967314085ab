import { Interface, type ReadLineOptions } from 'node:readline';

export interface LineEditorOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Resolves to what may follow, and to the part of the line that it stands for. */
  readonly complete: (line: string) => Promise<[completions: string[], part: string]>;
  /** Lines of which this is true are not kept for the arrow keys. */
  readonly isSecret: (line: string) => boolean;
  readonly onLine: (line: string) => void;
  /** Ctrl-D on an empty line. */
  readonly onEndOfText: () => void;
  /** Ctrl-C, or the terminal has gone. */
  readonly onLeave: () => void;
}

/** Readline, of which Ctrl-D asks first. */
class Readline extends Interface {
  readonly #onEndOfText: () => void;

  constructor(options: ReadLineOptions, onEndOfText: () => void) {
    super(options);
    this.#onEndOfText = onEndOfText;
  }

  override close(): void {
    this.#onEndOfText();
  }

  end(): void {
    super.close();
  }
}

/** A line being typed behind a prompt at the bottom of a terminal, and above it whatever is printed meanwhile. */
export class LineEditor {
  readonly #readline: Readline;
  readonly #output: NodeJS.WritableStream;

  constructor({ input, output, complete, isSecret, onLine, onEndOfText, onLeave }: LineEditorOptions) {
    this.#output = output;
    this.#readline = new Readline(
      {
        input,
        output,
        completer: (line: string, done: (error: null, result: [string[], string]) => void) =>
          void complete(line).then((result) => done(null, result)),
        removeHistoryDuplicates: true,
      },
      onEndOfText,
    );
    this.#readline.setPrompt('');
    this.#readline.on('line', onLine);
    this.#readline.on('SIGINT', onLeave);
    this.#readline.on('history', (history) => {
      if (isSecret(history[0] ?? '')) history.shift();
    });
    input.once('end', onLeave);
  }

  get prompt(): string {
    return this.#readline.getPrompt();
  }

  /** Changes the prompt; a half-typed line stays as it is. */
  set prompt(prompt: string) {
    if (prompt === this.prompt) return;
    this.#readline.setPrompt(prompt);
    if (!this.#isBlank) this.#readline.prompt(true);
  }

  /** Shows text above the prompt; a half-typed line stays as it is. */
  print(text: string): void {
    if (this.#isBlank) {
      this.#output.write(`${text}\n`);
      return;
    }
    const { rows } = this.#readline.getCursorPos();
    // Readline then goes up as many rows as it believes to be below its first.
    this.#output.write(`${up(rows)}\r\u001b[J${text}\n${'\n'.repeat(rows)}`);
    this.#readline.prompt(true);
  }

  /** For use in `onLine`: takes the line that was entered off the screen again, prompt and all. */
  takeBack(line: string): void {
    const { rows } = this.#whileTyped(line, () => this.#readline.getCursorPos());
    this.#output.write(`${up(rows + 1)}\r\u001b[J`);
  }

  end(): void {
    this.#readline.end();
  }

  /** Whether the row of the prompt has nothing on it. */
  get #isBlank(): boolean {
    return this.prompt === '' && this.#readline.line === '';
  }

  #whileTyped<T>(line: string, look: () => T): T {
    const now = { line: this.#readline.line, cursor: this.#readline.cursor };
    Object.assign(this.#readline, { line, cursor: line.length });
    try {
      return look();
    } finally {
      Object.assign(this.#readline, now);
    }
  }
}

const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '');
