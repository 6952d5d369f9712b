import type { SealError } from '../crypto/seal-error.ts';
import type { Listed } from './member-list.ts';
import type { RoomMessage } from './room-message.ts';

/** A chat key that was not taken, or a session that it was not sealed for. */
export type RefusedKey = {
  readonly what: 'key' | 'recipient';
  readonly error: SealError;
  readonly epoch: number;
  readonly sessionId: string;
  /** As the server named it, base64. */
  readonly publicKey: string;
};

/** A message that contradicts what the server says about it. */
export type RefusedMessage = { readonly what: 'message'; readonly error: SealError; readonly message: RoomMessage };

export type Refusal = RefusedKey | RefusedMessage;

/** With `trust: 'verified'`: a session that is not confirmed gets no key, or its key is not taken yet. */
export type Withheld = { readonly what: 'recipient' | 'sender'; readonly session: Listed };
