import type { Static } from '@sinclair/typebox';
import type * as lists from '../../modules/chats/directory/chat-lists.model.ts';
import type * as invites from '../../modules/chats/invites/invites.model.ts';
import type * as membership from '../../modules/chats/membership/membership.model.ts';
import type * as moderation from '../../modules/chats/moderation/moderation.model.ts';
import type {
  Chat,
  ChatDetails,
  ChatSettings,
  Cleared,
  Done,
  Invite,
  Kick,
  NewChat,
  NewInvite,
  Ok,
  Resolved,
} from '../wire.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';
import type { Mute, Target } from './users.ts';

export type ChatsQuery = Query<Static<typeof lists.ChatsQuery>>;
export type EnterableChat = Static<typeof lists.EnterableChat>;
export type DirectoryQuery = Query<Static<typeof lists.DirectoryQuery>>;
/** A chat in the directory. */
export type ListedChat = Static<typeof lists.ListedChat>;
export type Directory = Static<typeof lists.Directory>;
export type MembersQuery = Query<Static<typeof membership.MembersQuery>>;
/** A member of a chat, who may be away. */
export type ChatMember = Static<typeof membership.ChatMember>;
export type ChatMembers = Static<typeof membership.ChatMembers>;
export type ActivityQuery = Query<Static<typeof membership.ActivityQuery>>;
export type ChatActivity = Static<typeof membership.ChatActivity>;
export type ChatActivities = Static<typeof membership.ChatActivities>;
export type Invites = Static<typeof invites.Invites>;
/** What a link leads to. */
export type LinkTarget = Static<typeof invites.LinkTarget>;
/** `duration` in seconds, 0 for no end. */
export type ChatBan = Body<Static<typeof moderation.ChatBanBody>>;
export type ChatTimeout = Body<Static<typeof moderation.ChatTimeoutBody>>;

/** A ban or mute in force. */
export type Sanction = Static<typeof moderation.ChatBans>['bans'][number];
export type ChatBans = Static<typeof moderation.ChatBans>;
export type ChatMutes = Static<typeof moderation.ChatMutes>;
export type SanctionsQuery = Query<Static<typeof moderation.SanctionsQuery>>;

/** Chats, and order in them. */
export interface Chats {
  /** The chats that one can enter: official ones first, then by last activity. */
  list(query?: ChatsQuery, options?: CallOptions): Promise<List<EnterableChat>>;
  /** The chats that are open to everyone. */
  directory(query?: DirectoryQuery, options?: CallOptions): Promise<Directory>;
  /** A chat with its settings. */
  get(chatId: number, options?: CallOptions): Promise<ChatDetails>;
  /** Creates a private chat. Needs premium, or Admin, and a free slot. */
  create(body: NewChat, options?: CallOptions): Promise<Chat>;
  /** Changes the named settings. A slug makes the chat public, null makes it private again. */
  update(chatId: number, body: ChatSettings, options?: CallOptions): Promise<Done>;
  /** Destroys a chat and everything in it. */
  delete(chatId: number, options?: CallOptions): Promise<Done>;
  /** Ends one's own membership. The owner cannot leave (`ERR_CONFLICT`). */
  leave(chatId: number, options?: CallOptions): Promise<Done>;
  /** The members, without the owner, in the order of joining. */
  members(chatId: number, query?: MembersQuery, options?: CallOptions): Promise<ChatMembers>;
  /** Who joined and left, newest first. */
  activity(chatId: number, query?: ActivityQuery, options?: CallOptions): Promise<ChatActivities>;
  /** Deletes all messages; the chat moves to a new epoch. */
  clear(chatId: number, options?: CallOptions): Promise<Cleared>;
  /** Removes someone; the chat moves to a new epoch. `ERR_SELF_ACTION` on oneself. */
  kick(chatId: number, body: Kick, options?: CallOptions): Promise<Ok>;
  /** Removes someone and keeps them out until the ban ends or is lifted. They need not be in the chat. */
  ban(chatId: number, body: ChatBan, options?: CallOptions): Promise<Ok>;
  unban(chatId: number, body: Target, options?: CallOptions): Promise<Ok>;
  /** Who is banned at present, for moderators of the chat. */
  bans(chatId: number, query?: SanctionsQuery, options?: CallOptions): Promise<ChatBans>;
  /** Mutes someone in this chat; they can still read. */
  mute(chatId: number, body: Mute, options?: CallOptions): Promise<Ok>;
  unmute(chatId: number, body: Target, options?: CallOptions): Promise<Ok>;
  /** Who is muted in this chat at present, for its moderators. */
  mutes(chatId: number, query?: SanctionsQuery, options?: CallOptions): Promise<ChatMutes>;
  /** Adds a warning to someone's record and tells them. */
  warn(chatId: number, body: Target, options?: CallOptions): Promise<Ok>;
  /** By staff, a timeout everywhere; by an owner without a level, a ban from this chat that ends. */
  timeOut(chatId: number, body: ChatTimeout, options?: CallOptions): Promise<Ok>;
}

export const CHATS = {
  list: 'GET /v1/portal/chats listChats query',
  directory: 'GET /v1/portal/directory listDirectory public query',
  get: 'GET /v1/portal/chats/{chat_id} getChat',
  create: 'POST /v1/portal/chats createChat body',
  update: 'POST /v1/portal/chats/{chat_id}/config/update updateChatConfig body',
  delete: 'POST /v1/portal/chats/{chat_id}/delete deleteChat',
  leave: 'POST /v1/portal/chats/{chat_id}/leave leaveChat',
  members: 'GET /v1/portal/chats/{chat_id}/members listChatMembers query',
  activity: 'GET /v1/portal/chats/{chat_id}/activity listChatActivity query',
  clear: 'POST /v1/portal/chats/{chat_id}/clear clearChat',
  kick: 'POST /v1/portal/chats/{chat_id}/kick kickMember body',
  ban: 'POST /v1/portal/chats/{chat_id}/ban banFromChat body',
  unban: 'POST /v1/portal/chats/{chat_id}/unban unbanFromChat body again',
  bans: 'GET /v1/portal/chats/{chat_id}/bans listChatBans query',
  mute: 'POST /v1/portal/chats/{chat_id}/mute muteInChat body',
  unmute: 'POST /v1/portal/chats/{chat_id}/unmute unmuteInChat body again',
  mutes: 'GET /v1/portal/chats/{chat_id}/mutes listChatMutes query',
  warn: 'POST /v1/portal/chats/{chat_id}/warn warnInChat body',
  timeOut: 'POST /v1/portal/chats/{chat_id}/timeout timeOutInChat body',
} as const satisfies Record<keyof Chats, Route>;

/** Invites to private chats. */
export interface InviteCalls {
  /** Creates an invite; without `expires_at` and `max_uses` it is good for ever. */
  create(chatId: number, body?: NewInvite, options?: CallOptions): Promise<Invite>;
  /** The valid invites of a chat. */
  list(chatId: number, options?: CallOptions): Promise<Invites>;
  /** Revokes an invite. Those who came by it stay. */
  delete(chatId: number, code: string, options?: CallOptions): Promise<Done>;
  /** What an invite code or slug leads to, without joining. */
  preview(code: string, options?: CallOptions): Promise<LinkTarget>;
  /** Joins by invite code or slug. `ERR_INVITE_INVALID` if it is unknown, expired or used up. */
  resolve(code: string, options?: CallOptions): Promise<Resolved>;
}

export const INVITES = {
  create: 'POST /v1/portal/chats/{chat_id}/invites createInvite body',
  list: 'GET /v1/portal/chats/{chat_id}/invites listInvites',
  delete: 'POST /v1/portal/chats/{chat_id}/invites/{code}/delete deleteInvite',
  preview: 'GET /v1/portal/resolve/{code} previewInvite public',
  resolve: 'POST /v1/portal/resolve/{code} resolveInvite again',
} as const satisfies Record<keyof InviteCalls, Route>;
