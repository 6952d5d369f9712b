import type {
  BrowserAction,
  BrowserDialog,
  BrowserInput,
  BrowserNotice,
  BrowserPage,
  BrowserPicture,
  BrowserProgress,
  BrowserState,
  ControlState,
  StopReason,
  WatchReply,
} from './browser-wire.ts';
import type { DirectEnd, MatchFound, MatchStatus } from './match-wire.ts';
import type {
  Announcement,
  Chat,
  ChatDetails,
  HistoryEntry,
  Identity,
  Member,
  Notification,
  Participant,
  StoredKey,
} from './wire.ts';

/** The Socket.IO events, in both directions. docs/live.md describes them. */

type Call<Payload, Reply = unknown> = { payload: Payload; reply: Reply };

export type JoinReply = {
  session_id: string;
  /** Direct chats: which of the two this session's person is. */
  participant?: Participant;
  chat: Chat;
  /** The first 200, always including oneself; `count` counts all. */
  members: Member[];
  count: number;
  /** Groups: sessions that have this epoch's key and are not in the room. `more_away`: there are more. */
  away?: KeyRecipient[];
  more_away?: boolean;
  epoch: number;
  key: StoredKey | null;
  /** The shared browser; null while it is off. */
  browser: BrowserState | null;
  control: ControlState | null;
  /** `ttl` in seconds, 0 = no end. */
  muted: { ttl: number; reason: string | null } | null;
  online: true;
  missed?: Missed;
};

/** What came since the message that a join named as the last known one. */
export type Missed = {
  messages: HistoryEntry[];
  /** The history has more. */
  more: boolean;
  /** How many of the named stretch of messages there still are. */
  known?: number;
};

export type SealedKey = { session_id: string; blob: string };
/** The sessions that now have their key, and those refused. */
export type KeyShareReply = { accepted: string[]; rejected: { session_id: string; code: string }[] };

/** Calls to the server: one object out, one acknowledgement back. */
export type ClientCalls = {
  /** The token is that of a direct chat, and the keys are made for it alone. */
  'room:join': Call<
    ({ chat_id: number; keyless?: boolean } | { token: string; public_key?: string; signing_key?: string }) & {
      /** The last and the first message that this client has. */
      after?: string;
      from?: string;
    },
    JoinReply
  >;
  'room:leave': Call<{ chat_id: number }>;
  'room:kick': Call<{ chat_id: number; user_id: number; ban?: boolean; duration?: number; reason?: string }>;
  'message:send': Call<{ chat_id: number; content: string }, { id: string }>;
  'message:typing': Call<{ chat_id: number; typing: boolean }>;
  'portal:key_rejected': Call<{ chat_id: number; epoch: number }>;
  'portal:key_share': Call<{ chat_id: number; epoch: number; keys: SealedKey[] }, KeyShareReply>;
  'control:request': Call<{ chat_id: number }>;
  'control:cancel': Call<{ chat_id: number }>;
  'control:grant': Call<{ chat_id: number; user_id: number }>;
  'control:release': Call<{ chat_id: number }>;
  'control:take': Call<{ chat_id: number }>;
  'browser:watch': Call<{ chat_id: number }, WatchReply>;
  'browser:unwatch': Call<{ chat_id: number }>;
  'browser:seen': Call<{ chat_id: number; seq: number }>;
  'browser:input': Call<{ chat_id: number; events: BrowserInput[] }>;
  'browser:pointer': Call<{ chat_id: number; x: number; y: number }>;
  'browser:navigate': Call<{ chat_id: number } & ({ action: BrowserAction } | { url: string })>;
  'browser:keep': Call<{ chat_id: number }>;
  'browser:answer': Call<{ chat_id: number; id: string; accept: boolean; text?: string }>;
};

export type Failure = { ok: false; error: string; code: string; [detail: string]: unknown };
export type Ack<Reply> = (Reply & { ok: true }) | Failure;

/** The same calls as function signatures, which is how socket.io-client types events. */
export type ClientEvents = {
  [Name in keyof ClientCalls]: (
    payload: ClientCalls[Name]['payload'],
    acknowledge?: (ack: Ack<ClientCalls[Name]['reply']>) => void,
  ) => void;
};

/** Names a person in an event. In a direct chat `user_id` is null and `participant` stands in its place. */
type Named = { user_id: number | null; participant?: Participant };

export type KeyRecipient = Named & { session_id: string; public_key: string; signing_key?: string | null };
export type EpochReason = 'clear' | 'wipe' | 'kick' | 'ban' | 'join' | 'lost';
export type ChatStatus = { chat_id: number; running: boolean; viewer_count: number };

/** Server events about one chat; every payload names it. */
export type ChatPayloads = {
  'message:new': HistoryEntry;
  'message:bulk_deleted': { chat_id: number; ids: string[] };
  'message:typing': { chat_id: number } & Named & { typing: boolean };
  'portal:cleared': { chat_id: number; reason: 'clear' | 'wipe' };
  'portal:key_request': { chat_id: number; epoch: number; generate: boolean; recipients: KeyRecipient[] };
  'portal:key_shared': { chat_id: number; epoch: number } & StoredKey;
  'portal:key_added': { chat_id: number } & KeyRecipient;
  'portal:key_removed': { chat_id: number } & Named & { session_id: string };
  'room:members': { chat_id: number; joined: Member[]; left: number[]; count: number; away?: KeyRecipient[] };
  'room:epoch_changed': { chat_id: number; epoch: number; reason: EpochReason };
  'room:updated': { chat_id: number } & Partial<ChatDetails>;
  'room:kicked': { chat_id: number; reason: string | null; banned: boolean; by?: Identity | null };
  'room:destroyed': { chat_id: number };
  'room:peer_left': { chat_id: number; grace_until_ms: number };
  'room:peer_returned': { chat_id: number };
  'match:ended': { chat_id: number; reason: DirectEnd };
  'user:banned': { chat_id: number; user_id: number; duration?: number; reason?: string | null; by?: Identity | null };
  'user:unbanned': { chat_id: number; user_id: number };
  'user:muted': { chat_id: number; user_id: number; duration?: number; reason?: string | null; by?: Identity | null };
  'user:unmuted': { chat_id: number; user_id: number };
  'room:started': { chat_id: number; browser: BrowserState };
  'room:stopped': { chat_id: number; reason: StopReason; error?: string };
  'room:browser_progress': { chat_id: number } & BrowserProgress;
  'room:browser_idle': { chat_id: number; stops_at: string | null; reason: 'idle' | 'max' };
  'room:browser_recovering': { chat_id: number };
  'control:state': { chat_id: number } & ControlState;
  'browser:frame': { chat_id: number } & BrowserPicture;
  'browser:page': { chat_id: number } & BrowserPage;
  'browser:cursor': { chat_id: number; user_id: number; x: number; y: number };
  'browser:pointer': { chat_id: number; user_id: number; x: number; y: number };
  'browser:notice': { chat_id: number } & BrowserNotice;
  'browser:dialog': { chat_id: number } & BrowserDialog;
  'browser:dialog_closed': { chat_id: number; id: string };
};

export type EndReason = 'logout' | 'destroyed' | 'banned' | 'timeout' | 'expired';

/** Server events that are not about one joined chat. */
export type GlobalPayloads = {
  'chat:list': ChatStatus[];
  'chat:status': ChatStatus;
  'user:hard_muted': { user_id: number; duration?: number };
  'user:hard_unmuted': { user_id: number };
  'session:ended': { reason: EndReason };
  'match:found': MatchFound;
  'match:state': MatchStatus;
  'notification:new': Notification;
  'announcement:new': Announcement;
  'announcement:deleted': { id: number };
};

export type ServerPayloads = ChatPayloads & GlobalPayloads;
export type ServerEvents = { [Name in keyof ServerPayloads]: (payload: ServerPayloads[Name]) => void };

/** The events about the browser of a chat. */
export const BROWSER_EVENTS = [
  'room:started',
  'room:stopped',
  'room:browser_progress',
  'room:browser_idle',
  'room:browser_recovering',
  'control:state',
  'browser:frame',
  'browser:page',
  'browser:cursor',
  'browser:pointer',
  'browser:notice',
  'browser:dialog',
  'browser:dialog_closed',
] as const satisfies readonly (keyof ChatPayloads)[];

export type BrowserPayloads = Pick<ChatPayloads, (typeof BROWSER_EVENTS)[number]>;

/** The names of all chat events. */
export const CHAT_EVENTS = [
  ...BROWSER_EVENTS,
  'message:new',
  'message:bulk_deleted',
  'message:typing',
  'portal:cleared',
  'portal:key_request',
  'portal:key_shared',
  'portal:key_added',
  'portal:key_removed',
  'room:members',
  'room:epoch_changed',
  'room:updated',
  'room:kicked',
  'room:destroyed',
  'room:peer_left',
  'room:peer_returned',
  'match:ended',
  'user:banned',
  'user:unbanned',
  'user:muted',
  'user:unmuted',
] as const satisfies readonly (keyof ChatPayloads)[];
