/** Why sealing, opening or reading failed. */
export type SealErrorCode =
  | 'ERR_BASE64_INVALID'
  | 'ERR_KEY_INVALID'
  | 'ERR_BLOB_INVALID'
  | 'ERR_SEAL_BROKEN'
  | 'ERR_INVALID_ENVELOPE'
  | 'ERR_PLAINTEXT_INVALID'
  | 'ERR_TEXT_TOO_LONG'
  | 'ERR_KEY_DENIED'
  /** A chat key from a session that is not in the list, or under another key than the list has. */
  | 'ERR_SENDER_UNKNOWN'
  /** The server asked to seal for a session that is not in the list, or has another key there. */
  | 'ERR_RECIPIENT_UNKNOWN'
  /** A chat key that is known from another chat or epoch, or from before the chat went back to an earlier epoch. */
  | 'ERR_KEY_REPLAYED'
  | 'ERR_SIGNATURE_INVALID'
  /** A message names another author, chat or epoch than the server does. */
  | 'ERR_AUTHOR_MISMATCH'
  /** A message came before, with another id. */
  | 'ERR_MESSAGE_REPEATED';

/** Thrown throughout `crypto/`. `code` is stable; the message never contains key material or plaintext. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
