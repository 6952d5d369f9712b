import type { Queries } from './queries.ts';

/** One connection that only units of work use. */
export type Lane = {
  readonly db: Queries;
  run(statement: string): unknown;
  /** Rows written since the lane was opened; what was undone counts too. */
  written(): number;
  /** False also when an error has ended the transaction. */
  inTransaction(): boolean;
  /** Called after each commit. No unit may run until the promise, if there is one, resolves. */
  afterCommit?: (() => Promise<void> | undefined) | undefined;
  close(): unknown;
};

/** What differs between the databases. */
export type Engine = {
  readonly lanes: number;
  readonly begin: string;
  /** How many units may share one commit; 1 where several lanes commit at once anyway. */
  readonly batch: number;
  open(): Lane | Promise<Lane>;
  /** Brings everything committed so far to the disk, where a commit does not do so by itself. */
  sync?: (() => Promise<void>) | undefined;
  /** Whether the same work may be tried again after this error (it was rolled back through no fault of its own). */
  mayRetry(error: unknown): boolean;
  /** Why nothing can be written at present, if that is what an error means: a sentence for operators and callers. */
  problemOf(error: unknown): string | undefined;
};
