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
  /** Node's own, though not in its documentation: so many rows are above the cursor. */
  declare prevRows: number;
  /** So is this: false behind all but the last letter of pasted text. */
  declare readonly isCompletionEnabled?: boolean;
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
    input.prependListener('keypress', () => {
      if (this.#readline.isCompletionEnabled !== false) this.#settle();
    });
    output.prependListener('resize', () => {
      // Terminals differ in whether they break lines anew, and too many rows are worse: what stands above would be gone.
      const { prevRows } = this.#readline;
      this.#settle();
      this.#readline.prevRows = Math.min(prevRows, this.#readline.prevRows);
    });
  }

  get prompt(): string {
    return this.#readline.getPrompt();
  }

  /** Changes the prompt; a half-typed line stays as it is. */
  set prompt(prompt: string) {
    if (prompt === this.prompt) return;
    this.#settle();
    this.#readline.setPrompt(prompt);
    if (!this.#isBlank) this.#readline.prompt(true);
  }

  /** Shows text above the prompt; a half-typed line stays as it is. */
  print(text: string): void {
    if (this.#isBlank) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#settle();
    this.#output.write(`${up(this.#readline.prevRows)}\r\u001b[J${text}\n`);
    this.#readline.prevRows = 0;
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

  /**
   * Readline draws its line anew from as many rows above the cursor as it remembers. In pasted text it remembers wrongly, and believes
   * the cursor on the next row when the terminal has it at the end of a full one.
   */
  #settle(): void {
    const { line, cursor } = this.#readline;
    const { rows, cols } = this.#readline.getCursorPos();
    this.#readline.prevRows = rows;
    if (rows > 0 && cols === 0 && cursor === line.length) this.#output.write(' \r');
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
