import { unavailable } from '../../core/errors.ts';

/** Another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

export const lockedOut = unavailable.saying('Another process has locked the database');

const PROBLEMS: readonly [code: RegExp, sentence: string][] = [
  [/^SQLITE_FULL/, 'The disk is full: nothing can be saved until there is room'],
  [/^SQLITE_IOERR/, 'The disk does not answer as it should: nothing can be saved'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'The database cannot be written to: nothing can be saved'],
  [/^SQLITE_BUSY/, lockedOut.sentence],
];

/** Why nothing can be written at present; undefined for an error that says something else. */
export function problemOf(error: unknown): string | undefined {
  if (error instanceof Error && error.message === lockedOut.sentence) return lockedOut.sentence;
  const code = codeOf(error);
  return PROBLEMS.find(([known]) => known.test(code))?.[1];
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = (error as { code?: unknown }).code;
  return typeof own === 'string' ? own : codeOf(error.cause);
}
