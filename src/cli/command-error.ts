/** A command that did not do what it was asked: status 1, with this sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
