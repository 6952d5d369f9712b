/** No row. Rows count from 1, so that a cell of a new row points nowhere. */
export const NONE = 0;

const FIRST_ROWS = 64;

/**
 * Rows of numbers, all in one block of memory. Objects lie scattered on the heap: with a million of them, each one that a step looks at
 * comes from main memory, and each link between two of them takes eight bytes and the time of the garbage collector.
 * A row of sixteen cells is one cache line.
 *
 * A cell is a 32-bit integer. A float takes two cells, the first of them even.
 */
export class MemoryRows {
  readonly #width: number;
  #ints: Int32Array;
  #floats: Float64Array;
  /** How many rows were ever taken. Those given back are a list by their first cells. */
  #reached = 0;
  #free = NONE;
  #size = 0;

  /** `width`: cells of a row, an even number. */
  constructor(width: number) {
    this.#width = width;
    this.#ints = new Int32Array((FIRST_ROWS + 1) * width);
    this.#floats = new Float64Array(this.#ints.buffer);
  }

  get size(): number {
    return this.#size;
  }

  /** A row of zeros. The one given back last is taken first: it is still in the cache. */
  take(): number {
    this.#size++;
    const row = this.#free;
    if (row !== NONE) {
      this.#free = this.int(row, 0);
      this.setInt(row, 0, 0);
      return row;
    }
    this.#reached++;
    if ((this.#reached + 1) * this.#width > this.#ints.length) this.#resize(2 * this.#reached);
    return this.#reached;
  }

  giveBack(row: number): void {
    for (let cell = 1; cell < this.#width; cell++) this.setInt(row, cell, 0);
    this.setInt(row, 0, this.#free);
    this.#free = row;
    if (--this.#size === 0 && this.#reached > FIRST_ROWS) this.#clear();
  }

  int(row: number, cell: number): number {
    return this.#ints[row * this.#width + cell] ?? 0;
  }

  setInt(row: number, cell: number, value: number): void {
    this.#ints[row * this.#width + cell] = value;
  }

  float(row: number, cell: number): number {
    return this.#floats[(row * this.#width + cell) >> 1] ?? 0;
  }

  setFloat(row: number, cell: number, value: number): void {
    this.#floats[(row * this.#width + cell) >> 1] = value;
  }

  /** Nothing is left: what a crowd has needed is returned to the system. */
  #clear(): void {
    this.#reached = 0;
    this.#free = NONE;
    this.#resize(FIRST_ROWS);
    this.#ints.fill(0);
  }

  #resize(rows: number): void {
    const ints = new Int32Array((rows + 1) * this.#width);
    ints.set(this.#ints.subarray(0, ints.length));
    this.#ints = ints;
    this.#floats = new Float64Array(ints.buffer);
  }
}
