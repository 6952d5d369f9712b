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
  /** A message, in the order of the ids. */
  message: RoomMessage;
  /** A message that was sealed until its key came. */
  opened: RoomMessage;
  deleted: { ids: string[] };
  /** What the chat's owner has set anew, by the names of `GET /v1/portal/chats/{chat_id}`. */
  updated: { changes: Partial<ChatDetails> };
  cleared: { reason: 'clear' | 'wipe' };
  members: { joined: Member[]; left: number[]; count: number };
  /** `reason` is null when the epoch was learned otherwise: by a join, a refusal, a key. */
  epoch: { epoch: number; reason: EpochReason | null };
  /** A chat key came in, or one made here was acknowledged. */
  key: { epoch: number };
  /** A user who was known by other keys shows a new one: time to compare safety numbers. */
  keyChanged: KeyChange;
  typing: { userId: number; typing: boolean };
  /** Seconds; 0: no end. */
  muted: { userId: number; duration: number; reason: string | null };
  unmuted: { userId: number };
  banned: { userId: number; duration: number; reason: string | null };
  unbanned: { userId: number };
  kicked: { reason: string | null; banned: boolean };
  destroyed: { chatId: number };
  /** The room has ended, by whatever way; nothing comes after this. */
  ended: PortalError;
  /** Something failed that nobody called for: a key that does not open, a history that cannot be fetched. */
  error: unknown;
};

export type RoomDeps = {
  link: Link;
  rest: Pick<PortalRest, 'history'>;
  keyring: Keyring;
  trust: Trust;
  timing: Timing;
  random: RandomBytes;
  /** The most messages kept in memory. */
  maxMessages: number;
  /** Called once, when the room has ended. */
  onEnded(): void;
};
