/** The output of a command. */
export type Output = {
  /** Results, on stdout. */
  out(text: string): void;
  /** Errors and notes, on stderr. */
  err(text: string): void;
};

/** The process's stdout and stderr. Write errors are reported by `finish`. */
export function createTerminal() {
  let lost: NodeJS.ErrnoException | undefined;
  const underWay = new Set<Promise<void>>();

  function write(stream: NodeJS.WriteStream, text: string): void {
    const done = new Promise<void>((resolve) => {
      stream.write(`${text}\n`, (error) => {
        if (error && stream === process.stdout) lost ??= error;
        resolve();
      });
    }).finally(() => underWay.delete(done));
    underWay.add(done);
  }

  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    out: (text: string) => write(process.stdout, text),
    err: (text: string) => write(process.stderr, text),

    /** Waits until everything is written. Returns 1 if output was lost; a reader that closes early, such as `head`, is no error. */
    async finish(status: number): Promise<number> {
      await Promise.all(underWay);
      if (!lost || lost.code === 'EPIPE') return status;
      write(process.stderr, `The output could not be written: ${lost.message}`);
      await Promise.all(underWay);
      return status || 1;
    },
  };
}

/** A table with aligned columns. */
export function table(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [headings, ...rows].map((row) =>
    row.map((cell) => (cell === null || cell === undefined ? '–' : String(cell))),
  );
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one pair a line. */
export function facts(pairs: readonly (readonly [string, unknown])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${name.padEnd(width)}  ${value === null || value === undefined ? '–' : String(value)}`)
    .join('\n');
}

/** `1.5 MiB` */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
