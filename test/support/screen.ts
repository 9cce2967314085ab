const CSI = /^\u001b\[(\d*)(?:;\d*)*([A-Za-z])/;

/** Letters that take two columns; enough of them for tests. */
const WIDE = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]|^\p{Emoji_Presentation}/u;

/** What a terminal shows that was sent text and the sequences that Node's readline uses. It has as many rows as it needs. */
export class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  get rows(): string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: Math.min(this.#column, this.#columns - 1) };
  }

  write(text: string): void {
    for (let left = text; left !== ''; ) {
      const sequence = CSI.exec(left);
      const [letter] = left;
      if (sequence) this.#steer(sequence[2]!, sequence[1] === '' ? undefined : Number(sequence[1]));
      else if (letter === '\r') this.#column = 0;
      else if (letter === '\n') this.#down();
      else if (letter! < ' ') throw new Error(`the screen does not know ${JSON.stringify(left.slice(0, 9))}`);
      else this.#put(letter!);
      left = left.slice(sequence ? sequence[0].length : letter!.length);
    }
  }

  #put(letter: string): void {
    const width = WIDE.test(letter) ? 2 : 1;
    // As terminals do: a letter that has filled the last column leaves the cursor there until the next one comes.
    if (this.#column + width > this.#columns) {
      this.#column = 0;
      this.#down();
    }
    const row = this.#rows[this.#row]!;
    row[this.#column] = letter;
    if (width === 2) row[this.#column + 1] = '';
    this.#column += width;
  }

  #down(): void {
    this.#row += 1;
    this.#rows[this.#row] ??= [];
  }

  #steer(command: string, count: number | undefined): void {
    const { column } = this.cursor;
    if (command === 'A') this.#row = Math.max(0, this.#row - (count ?? 1));
    else if (command === 'B') for (let step = count ?? 1; step > 0; step--) this.#down();
    else if (command === 'C') this.#column = Math.min(this.#columns - 1, column + (count ?? 1));
    else if (command === 'D') this.#column = Math.max(0, column - (count ?? 1));
    else if (command === 'G') this.#column = (count ?? 1) - 1;
    else if (command === 'J' || command === 'K') {
      this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, column);
      if (command === 'J') this.#rows.length = this.#row + 1;
    } else if (command !== 'm') throw new Error(`the screen does not know CSI ${command}`);
  }
}
