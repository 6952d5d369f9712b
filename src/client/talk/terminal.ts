import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';

/** How long the end of input may take before it is explained. */
const NOTICE_MS = 500;

/** Lines in, lines out. What arrives is printed above the line being typed. */
export class Terminal {
  readonly #isScreen: boolean = process.stdin.isTTY && process.stdout.isTTY;
  #lines: Interface | undefined;
  #tidy: () => void = () => {};
  /** Lines that the terminal already shows, because they were typed there. */
  readonly #typed = new Set<string>();

  /** Prints a line. */
  say(line: string): void {
    if (!this.#lines || !this.#isScreen) {
      process.stdout.write(`${line}\n`);
      return;
    }
    moveCursor(process.stdout, 0, -this.#lines.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    process.stdout.write(`${line}\n`);
    this.#lines.prompt(true);
  }

  /** Hands each line that is typed to `take`, until the end of input. */
  async read(take: (line: string) => unknown): Promise<void> {
    const output = this.#isScreen ? { output: process.stdout } : {};
    this.#lines = createInterface({ input: process.stdin, ...output, prompt: '> ' });
    if (this.#isScreen) this.#lines.prompt();
    let notice: ReturnType<typeof setTimeout> | undefined;
    this.#lines.once('close', () => {
      // A closed interface draws no prompt. A line may still be on its way.
      this.#lines = undefined;
      notice = setTimeout(() => this.say('* waiting for the answer to what was typed last'), NOTICE_MS);
    });
    for await (const line of this.#lines) {
      await take(line);
      if (this.#isScreen) this.#lines?.prompt(true);
    }
    clearTimeout(notice);
  }

  /** Sends a line that was typed. If that fails, prints why, and the line. */
  async send(line: string, send: (line: string) => Promise<unknown>): Promise<void> {
    if (this.#isScreen) this.#typed.add(line);
    await send(line).catch((error: Error) => this.say(`* not sent (${error.message}): ${line}`));
    this.#typed.delete(line);
  }

  /** True for a text on its way that stands there because it was typed. */
  shows(text: string | null): boolean {
    return this.#typed.has(text ?? '');
  }

  /** Runs before the program ends. */
  onLeave(tidy: () => void): void {
    this.#tidy = tidy;
  }

  /** Ends the program with an error. */
  fail({ message }: Error): never {
    process.stderr.write(`error: ${message}\n`);
    process.exit(1);
  }

  /** Ends the program with a word. */
  leave(word: string): never {
    this.#lines?.close();
    this.#lines = undefined;
    this.#tidy();
    process.stdout.write(`${this.#isScreen ? '\n' : ''}${word}\n`);
    process.exit(0);
  }
}
