/** What stands on a terminal of this width after what was written to it: the part of a VT100 that `node:readline` uses. */
export class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The beginning of a sequence whose rest has not come. */
  #rest = '';
  readonly #decoder = new TextDecoder();

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The rows, without blanks at their ends. */
  get rows(): string[] {
    return this.#rows.map((cells) =>
      Array.from(cells, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  /** All of it in one, as if no row ended. */
  get text(): string {
    return this.#rows.flat().join('');
  }

  /** The row of the cursor, with `|` where it stands. */
  get line(): string {
    const cells = Array.from({ length: Math.max(this.#column, this.#rows[this.#row]?.length ?? 0) }, (_, at) => {
      return this.#rows[this.#row]?.[at] ?? ' ';
    });
    return [...cells.slice(0, this.#column), '|', ...cells.slice(this.#column)].join('').trimEnd();
  }

  write(bytes: Uint8Array): void {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is driven by
    const cut = /\x1b(\[[\d;?]*)?$/.exec(text)?.index ?? text.length;
    this.#rest = text.slice(cut);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is driven by
    for (const [one, count, command] of text.slice(0, cut).matchAll(/\x1b\[([\d;?]*)([A-Za-z])|[\s\S]/gu))
      if (command === undefined) this.#put(one);
      else this.#obey(command, Number.parseInt(count || '0', 10));
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#down();
    else {
      const width = Bun.stringWidth(character);
      // A full row breaks only with the next character.
      if (this.#column + width > this.#columns) {
        this.#column = 0;
        this.#down();
      }
      for (let place = 0; place < width; place++) this.#cells[this.#column + place] = place === 0 ? character : '';
      this.#column += width;
    }
  }

  #obey(command: string, count: number): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - Math.max(1, count));
    else if (command === 'B') this.#row += Math.max(1, count);
    else if (command === 'C') this.#column = Math.min(this.#columns - 1, this.#column + Math.max(1, count));
    else if (command === 'D') this.#column = Math.max(0, this.#column - Math.max(1, count));
    else if (command === 'G') this.#column = Math.max(0, count - 1);
    else if (command === 'J' && count === 0) {
      this.#cells.length = Math.min(this.#cells.length, this.#column);
      this.#rows.length = this.#row + 1;
    } else if (command === 'K' && count === 0) this.#cells.length = Math.min(this.#cells.length, this.#column);
    else throw new Error(`This terminal does not know ${count}${command}`);
  }

  get #cells(): string[] {
    while (this.#rows.length <= this.#row) this.#rows.push([]);
    return this.#rows[this.#row] as string[];
  }

  #down(): void {
    this.#row += 1;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }
}
