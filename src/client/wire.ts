/**
 * Wire types: snake_case, times as ISO 8601 in UTC. They are the server's own models, imported as types only, so a browser
 * bundle carries no server code. An answer may have more fields than are named here.
 */
import type { Static } from '@sinclair/typebox';
import type * as chats from '../modules/chats/chats/chats.model.ts';
import type * as invites from '../modules/chats/invites/invites.model.ts';
import type * as keys from '../modules/chats/keys/keys.model.ts';
import type * as messages from '../modules/chats/messages/messages.model.ts';
import type * as moderation from '../modules/chats/moderation/moderation.model.ts';
import type * as chatConfig from '../modules/chats/settings/settings.model.ts';
import type * as monitoring from '../modules/instance/monitoring/monitoring.model.ts';
import type * as auth from '../modules/people/auth/auth.model.ts';
import type * as bots from '../modules/people/bots/bots.model.ts';
import type * as users from '../modules/people/users/users.model.ts';
import type * as common from '../wire/models.ts';
import type { Body, Query } from './api/route.ts';

export type Identity = Static<typeof common.User>;
export type Done = Static<typeof common.Done>;
export type Ok = Static<typeof common.Ok>;

export type RootInfo = Static<typeof monitoring.InstanceInfo>;
export type Health = Static<typeof monitoring.Health>;

export type LinkedPlatform = Static<typeof users.LinkedPlatform>;
export type Profile = Static<typeof users.Profile>;
/** 0 User, 1 Moderator, 2 Admin, 3 Owner. */
export type PermissionLevel = Profile['permission_level'];
/** 0 Basic, 1 Trial, 2 Premium, 3 Lifetime. */
export type SubscriptionTier = Profile['subscription_tier'];
export type ProfileUpdate = Body<Static<typeof users.UpdateProfileBody>>;
export type ProfileUpdated = Static<typeof users.UpdatedProfile>;

export type VerifiedProfile = Static<typeof auth.SignedIn>;
export type AccountLookup = Static<typeof auth.LookedUpUser>;
export type LoginCodeRequested = Static<typeof auth.CodeRequested>;
/** How a bot identifies someone on its platform. */
export type PlatformIdentity = Body<Static<typeof auth.BotIdentityBody>>;
/** Both null when no code is pending. */
export type LoginCode = Static<typeof auth.LoginCode>;
export type SentLoginCode = { code: string; expires_at: string };

export type BrowserConfig = Static<typeof chats.BrowserConfig>;
export type Chat = Static<typeof chats.Chat>;
export type ChatDetails = Static<typeof chats.ChatDetails>;
export type ChatSettings = Body<Static<typeof chatConfig.ChatConfigBody>>;
export type NewChat = Body<Static<typeof chats.CreateChatBody>>;

export type Invite = Static<typeof invites.Invite>;
export type NewInvite = Body<Static<typeof invites.CreateInviteBody>>;
export type Resolved = Static<typeof invites.Resolved>;

export type KeyRegistered = Static<typeof keys.RegisteredKey>;
/** A chat key, sealed for this session. */
export type StoredKey = { blob: string; sender_session_id: string; sender_public_key: string };

export type Deleted = Static<typeof messages.Deleted>;
export type Cleared = Static<typeof messages.Cleared>;
export type SentMessage = Static<typeof messages.SentMessage>;
/** Which of the two people of a direct chat. */
export type Participant = 1 | 2;
/** In a direct chat `id` is null, `username` an alias, and `participant` says which of the two it is. */
export type Sender = Omit<Identity, 'id'> & { id: number | null; participant?: Participant };
export type HistoryEntry = Omit<Static<typeof messages.HistoryEntry>, 'sender' | 'permission_level'> & {
  sender: Sender | null;
  /** Null in a direct chat. */
  permission_level: PermissionLevel | null;
};
/** `limit` is 1–500, 100 by default; `before` is a message id, exclusive. */
export type HistoryQuery = Query<Static<typeof messages.HistoryQuery>>;

/** `signing_key` is null for clients that do not sign. */
export type MemberSession = { session_id: string; public_key: string | null; signing_key?: string | null };
export type Member = Sender & { permission_level: PermissionLevel | null; sessions: MemberSession[] };

export type Kick = Body<Static<typeof moderation.KickBody>>;

type Notice = { id: number; title: string; body: string; type: 'info' | 'success' | 'warning' | 'error' };
export type Notification = Notice & { read_at: string | null; created_at: string; created_by: number | null };
export type Announcement = Notice & { created_at: string; expires_at: string | null };

export type NewBot = Body<Static<typeof bots.RegisterBotBody>>;
export type Bot = Static<typeof bots.Bot>;
/** `api_key` is shown only once. */
export type BotCreated = Static<typeof bots.RegisteredBot>;
