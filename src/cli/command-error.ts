/** A command failed: exit status 1, with this sentence on stderr. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
