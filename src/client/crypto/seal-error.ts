/** Why sealing, opening or reading failed. */
export type SealErrorCode =
  | 'ERR_BASE64_INVALID'
  | 'ERR_KEY_INVALID'
  | 'ERR_BLOB_INVALID'
  | 'ERR_SEAL_BROKEN'
  | 'ERR_INVALID_ENVELOPE'
  | 'ERR_PLAINTEXT_INVALID'
  | 'ERR_TEXT_TOO_LONG'
  | 'ERR_KEY_DENIED';

/** Thrown throughout `crypto/`. `code` is stable; the message never contains key material or plaintext. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
