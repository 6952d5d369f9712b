import { createInterface } from 'node:readline';
import { InputLine } from './input-line.ts';
import { printable } from './printable.ts';

/** How long the end of input may take before it is explained. */
const NOTICE_MS = 500;
/** How long the end of the program may wait for the server. */
const TIDY_MS = 3000;

/** Lines in, lines out. What arrives is printed above the line being typed. */
export class Terminal {
  /** False for a pipe, which shows nothing of what comes through it. */
  readonly isScreen: boolean = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  #input: InputLine | undefined;
  #work: Promise<void> = Promise.resolve();
  #isLeaving = false;
  #sentence: (error: Error) => string = ({ message }) => message;
  #tidy: () => unknown = () => {};

  /** Prints a line. Rows of it after the first are indented, so that no text looks like another line. */
  say(line: string): void {
    const text = printable(line);
    if (this.#input) this.#input.above(text);
    else process.stdout.write(`${text}\n`);
  }

  /** Hands each line that is typed to `take`, until the end of input, and waits for what is still to be done. */
  async read(take: (line: string) => void): Promise<void> {
    await new Promise<void>((ended) => {
      const close = this.isScreen ? this.#readScreen(take, ended) : readPipe(take, ended);
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, close);
    });
    const notice = setTimeout(() => this.say('* waiting for what is on its way; Ctrl+C leaves at once'), NOTICE_MS);
    await this.#work;
    clearTimeout(notice);
  }

  /** Does one thing after the other, in the order of what was typed. A failure is printed. */
  queue(task: () => Promise<unknown>): void {
    this.#work = this.#work.then(task).then(
      () => {},
      (error) => this.say(`* ${error instanceof Error ? error.message : error}`),
    );
  }

  /** How failures that end the program are put into words. */
  explainBy(sentence: (error: Error) => string): void {
    this.#sentence = sentence;
  }

  /** Runs before the program ends by `leave`. */
  onLeave(tidy: () => unknown): void {
    this.#tidy = tidy;
  }

  /** Ends the program with an error. */
  fail(error: Error): never {
    this.#input?.close();
    process.stderr.write(`error: ${printable(this.#sentence(error))}\n`);
    process.exit(1);
  }

  /** Ends the program with a word. */
  async leave(word: string): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#input?.close();
    await Promise.race([this.#tidy(), new Promise((resolve) => setTimeout(resolve, TIDY_MS))]);
    this.say(word);
    process.exit(0);
  }

  #readScreen(take: (line: string) => void, ended: () => void): () => void {
    this.#input = new InputLine(take, ended);
    return () => this.#input?.close();
  }
}

function readPipe(take: (line: string) => void, ended: () => void): () => void {
  const lines = createInterface({ input: process.stdin }).on('line', take).once('close', ended);
  return () => lines.close();
}
