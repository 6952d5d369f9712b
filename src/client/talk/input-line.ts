import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { printable } from './printable.ts';

const PROMPT = '> ';

/**
 * The line being typed, at the bottom of the screen. `node:readline` edits it; it is drawn here, since only who draws it knows
 * how many rows have to be erased for what is printed above it.
 */
export class InputLine {
  readonly #lines: Interface;
  /** The row of the cursor, counted from the first row of the line. */
  #row = 0;
  #isDrawDue = false;
  #isOpen = true;

  /** `take` gets each line that is typed; what it prints stands in its place. `ended`: there will be no more. */
  constructor(take: (line: string) => void, ended: () => void) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    this.#lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, prompt: '' });
    this.#lines.on('line', (line) => {
      process.stdout.write(this.#erased());
      take(line);
      process.stdout.write(this.#drawn());
    });
    this.#lines.once('close', () => {
      this.#isOpen = false;
      // What was being typed stays above what follows.
      process.stdout.write('\n');
      ended();
    });
    process.stdin.on('keypress', () => this.#drawSoon());
    process.stdout.on('resize', () => this.#drawSoon());
    process.stdout.write(this.#drawn());
  }

  /** Prints a text above the line. */
  above(text: string): void {
    process.stdout.write(`${this.#erased()}${text}\n${this.#drawn()}`);
  }

  close(): void {
    this.#lines.close();
  }

  /** A pasted text is drawn once, not once for each of its characters. */
  #drawSoon(): void {
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setImmediate(() => {
      this.#isDrawDue = false;
      process.stdout.write(this.#erased() + this.#drawn());
    });
  }

  /** What a terminal is sent to draw the line from the beginning of a row. */
  #drawn(): string {
    if (!this.#isOpen) return '';
    const { line, cursor } = this.#lines;
    const text = `${PROMPT}${printable(line)}`;
    const end = placeAfter(text);
    const place = placeAfter(`${PROMPT}${printable(line.slice(0, cursor))}`);
    this.#row = place.row;
    // A full row breaks only with the next character.
    return `${end.column === 0 ? `${text} ` : text}${up(end.row - place.row)}\r${right(place.column)}`;
  }

  #erased(): string {
    if (!this.#isOpen) return '';
    const sent = `${up(this.#row)}\r${ERASE_BELOW}`;
    this.#row = 0;
    return sent;
  }
}

const ERASE_BELOW = '\u001b[J';
const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '');
const right = (columns: number) => (columns > 0 ? `\u001b[${columns}C` : '');

const segmenter = new Intl.Segmenter();

/** Where the cursor is after this text, from the beginning of a row. A wide character does not fit into the last column. */
function placeAfter(text: string): { row: number; column: number } {
  const { columns } = process.stdout;
  let [row, column] = [0, 0];
  for (const { segment } of segmenter.segment(text)) {
    const width = Bun.stringWidth(segment);
    if (column + width > columns) [row, column] = [row + 1, 0];
    column += width;
  }
  return column === columns ? { row: row + 1, column: 0 } : { row, column };
}
