import { AppError, unavailable } from '../core/errors.ts';

type Options = {
  /** Why nothing can be written at present, if that is what an error means. */
  problemOf(error: unknown): string | undefined;
  /** Told when a problem begins. */
  onProblem(sentence: string, error: unknown): void;
};

/** Keeps in mind why nothing can be written at present, such as a full disk, until something is written again. */
export class Trouble {
  readonly #problemOf: (error: unknown) => string | undefined;
  readonly #onProblem: (sentence: string, error: unknown) => void;
  /** Undefined again as soon as something has been written. */
  current: string | undefined;

  constructor({ problemOf, onProblem }: Options) {
    this.#problemOf = problemOf;
    this.#onProblem = onProblem;
  }

  /** What the caller of a failed unit is told: 503 with a sentence where the unit is not to blame. */
  told(error: unknown): unknown {
    const problem = this.#problemOf(error);
    if (problem === undefined) return error;
    if (this.current !== problem) this.#onProblem(problem, error);
    this.current = problem;
    return error instanceof AppError ? error : unavailable.saying(problem)();
  }
}
