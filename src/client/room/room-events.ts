import type { KeyPair } from '../crypto/key-pair.ts';
import type { RandomBytes } from '../crypto/random.ts';
import type { Signer, Verifier } from '../crypto/signing.ts';
import type { PortalError } from '../errors.ts';
import type { ClientCalls, EpochReason, JoinReply } from '../events.ts';
import type { Pace } from '../link/pace.ts';
import type { PortalRest } from '../link/rest.ts';
import type { Link } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { DirectEnd } from '../match-wire.ts';
import type { ChatDetails, Identity, Member, Participant } from '../wire.ts';
import type { Keyring } from './keyring.ts';
import type { KeyChange, SessionAdded } from './member-list.ts';
import type { RoomMessage } from './room-message.ts';
import type { Trust } from './trust.ts';
import type { Refusal, Withheld } from './trust-events.ts';

/** What may have changed while the connection was down. The browser tells its own changes. */
export type RoomState = Pick<JoinReply, 'chat' | 'members' | 'count' | 'muted'>;

export type RoomEvents = {
  /** A message, in the order of ids. */
  message: RoomMessage;
  /** A message that could be opened once its key arrived. */
  opened: RoomMessage;
  deleted: { ids: string[] };
  /** Changed settings, named as in `GET /v1/portal/chats/{chat_id}`. */
  updated: { changes: Partial<ChatDetails> };
  /** After a disconnection: the room is joined again, and what was missed is there, unless the history cannot be asked now. */
  resumed: RoomState;
  /** The oldest messages are no longer in memory. `loadOlder` brings them back. */
  trimmed: { ids: string[] };
  cleared: { reason: 'clear' | 'wipe' };
  members: { joined: Member[]; left: number[]; count: number };
  /** `reason` is null if the epoch was learned from a join, a refusal or a key. */
  epoch: { epoch: number; reason: EpochReason | null };
  /** A chat key arrived, or one made here was acknowledged. */
  key: { epoch: number };
  /** A known person appears with a new key: time to compare safety numbers. Told before anything is sealed for it. */
  keyChanged: KeyChange;
  /** A session that was not in the list before. Told before anything is sealed for it. */
  sessionAdded: SessionAdded;
  /** This session has another public key in the list: another tab with the same session replaced it, or the server lies. */
  keyReplaced: { publicKey: string };
  /** Something was not believed: a chat key, a recipient or a message from outside the list, a repeat, a contradiction. */
  refused: Refusal;
  /** With `trust: 'verified'`: a session that is not confirmed got no key, or its key was not taken. */
  withheld: Withheld;
  /** Messages whose author has become certain, or which turned out to be repeats or lost: each is replaced in `messages`. */
  changed: { messages: RoomMessage[] };
  /** In a direct chat `userId` is null and `participant` says who it is. */
  typing: { userId: number | null; participant?: Participant; typing: boolean };
  /** `duration` in seconds, 0 = no end. `by` is null for staff who are not in the chat. */
  muted: { userId: number; duration: number; reason: string | null; by: Identity | null };
  unmuted: { userId: number };
  banned: { userId: number; duration: number; reason: string | null; by: Identity | null };
  unbanned: { userId: number };
  kicked: { reason: string | null; banned: boolean; by: Identity | null };
  destroyed: { chatId: number };
  /** Direct chats: the peer's last connection is gone. Without a return before then, the chat ends. */
  peerLeft: { graceUntilMs: number };
  /** Direct chats: the peer is connected again. */
  peerReturned: { chatId: number };
  /** Direct chats: the chat is over. It can be read for another day. `reason` is null if it ended while this client was away. */
  archived: { reason: DirectEnd | null };
  /** The room has ended for any reason; no event follows. */
  ended: PortalError;
  /** A failure in the background: a key that does not open, a history that cannot be loaded. */
  error: unknown;
};

export type RoomDeps = {
  link: Link;
  rest: Pick<PortalRest, 'url' | 'messages' | 'browser'>;
  keyring: Keyring;
  /** This session's in this chat: its own, or in a direct chat one made for that chat alone. */
  keyPair: KeyPair;
  /** What it signs with there. */
  signer: Signer;
  /** What `room:join` sends. */
  entry(signingKey: string): ClientCalls['room:join']['payload'];
  trust: Trust;
  /** Checks signatures. */
  verify: Verifier;
  timing: Timing;
  random: RandomBytes;
  /** Spaces the calls that rooms make by themselves. */
  pace: Pace;
  /** How many messages to keep in memory. */
  maxMessages: number;
  /** Called once, when the room ends. */
  onEnded(): void;
};
