const SENTENCES: Record<string, string> = {
  ENOSPC: 'There is no room left on the disk',
  EDQUOT: 'The account has no room left on the disk',
  EFBIG: 'A file has reached the largest size that is allowed',
  EROFS: 'The file system is read-only',
  SQLITE_FULL: 'There is no room left on the disk',
  SQLITE_READONLY: 'The database cannot be written to',
  SQLITE_IOERR: 'The disk failed',
  SQLITE_CORRUPT: 'The database is damaged; portal doctor says what to do',
  SQLITE_NOTADB: 'The database is damaged; portal doctor says what to do',
};

/** A sentence for an error of the file system, the network or the database; undefined for one of the program itself. */
export function systemSentence(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !/^(E[A-Z\d]+|SQLITE_\w+)$/.test(code)) return systemSentence(error.cause);
  const known = SENTENCES[code] ?? SENTENCES[code.split('_').slice(0, 2).join('_')];
  return known ? `${known}: ${error.message}` : `The system refused: ${error.message}`;
}
