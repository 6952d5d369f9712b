import type { PersonId } from '../../../core/principal.ts';

export type RotationReason = 'clear' | 'wipe' | 'kick' | 'ban' | 'join' | 'lost';

export type SharedBlob = { sessionId: string; blob: string };

export type E2eeEvent =
  | {
      name: 'session.key_registered';
      sessionId: string;
      person: PersonId;
      publicKey: string;
      signingKey: string | null;
    }
  | { name: 'epoch.changed'; chatId: number; epoch: number; reason: RotationReason; formerHolders: string[] }
  /** The session could not open what the sender sealed for it. */
  | { name: 'key.rejected'; chatId: number; epoch: number; senderSessionId: string; sessionId: string }
  | {
      name: 'key.shared';
      chatId: number;
      epoch: number;
      senderSessionId: string;
      senderPublicKey: string;
      blobs: SharedBlob[];
    };
