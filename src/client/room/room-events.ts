import type { RandomBytes } from '../crypto/random.ts';
import type { PortalError } from '../errors.ts';
import type { EpochReason } from '../events.ts';
import type { PortalRest } from '../link/rest.ts';
import type { Link } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { ChatDetails, Member } from '../wire.ts';
import type { Keyring } from './keyring.ts';
import type { KeyChange } from './member-list.ts';
import type { RoomMessage } from './room-message.ts';
import type { Trust } from './trust.ts';

export type RoomEvents = {
  /** A message, in the order of ids. */
  message: RoomMessage;
  /** A message that could be opened once its key arrived. */
  opened: RoomMessage;
  deleted: { ids: string[] };
  /** Changed settings, named as in `GET /v1/portal/chats/{chat_id}`. */
  updated: { changes: Partial<ChatDetails> };
  cleared: { reason: 'clear' | 'wipe' };
  members: { joined: Member[]; left: number[]; count: number };
  /** `reason` is null if the epoch was learned from a join, a refusal or a key. */
  epoch: { epoch: number; reason: EpochReason | null };
  /** A chat key arrived, or one made here was acknowledged. */
  key: { epoch: number };
  /** A known user appears with a new key: time to compare safety numbers. */
  keyChanged: KeyChange;
  typing: { userId: number; typing: boolean };
  /** `duration` in seconds, 0 = no end. */
  muted: { userId: number; duration: number; reason: string | null };
  unmuted: { userId: number };
  banned: { userId: number; duration: number; reason: string | null };
  unbanned: { userId: number };
  kicked: { reason: string | null; banned: boolean };
  destroyed: { chatId: number };
  /** The room has ended for any reason; no event follows. */
  ended: PortalError;
  /** A failure in the background: a key that does not open, a history that cannot be loaded. */
  error: unknown;
};

export type RoomDeps = {
  link: Link;
  rest: Pick<PortalRest, 'history'>;
  keyring: Keyring;
  trust: Trust;
  timing: Timing;
  random: RandomBytes;
  /** How many messages to keep in memory. */
  maxMessages: number;
  /** Called once, when the room ends. */
  onEnded(): void;
};
