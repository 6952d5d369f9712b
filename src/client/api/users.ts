import type { Static } from '@sinclair/typebox';
import type * as moderation from '../../modules/chats/moderation/moderation.model.ts';
import type * as online from '../../modules/instance/online/online-status.model.ts';
import type * as profiles from '../../modules/instance/profiles/profiles.model.ts';
import type * as sessions from '../../modules/people/sessions/sessions.model.ts';
import type { Ok, Profile, ProfileUpdate, ProfileUpdated } from '../wire.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';

export type OwnedChat = Static<typeof profiles.OwnedChat>;
export type OwnSubscription = Static<typeof profiles.OwnSubscription>;
export type SubscriptionChange = Static<typeof profiles.SubscriptionChange>;
export type PermissionChange = Static<typeof profiles.PermissionChange>;
export type Punishment = Static<typeof profiles.Punishment>;
export type PunishmentsQuery = Query<Static<typeof profiles.PunishmentsQuery>>;
/** Everyone gets the first four fields; the user, and staff who can act on them, get the rest. */
export type UserView = Static<typeof profiles.UserView>;
export type UserSearchQuery = Query<Static<typeof profiles.SearchQuery>>;
export type FoundUsers = Static<typeof profiles.FoundUsers>;
/** By the address, from a database on the server. */
export type Place = Static<typeof sessions.Place>;
export type Session = Static<typeof sessions.Session>;
export type PastSession = Static<typeof sessions.PastSession>;
export type OwnSessions = Static<typeof sessions.OwnSessions>;
export type DestroyedSession = Static<typeof sessions.DestroyedSession>;
export type DestroyedSessions = Static<typeof sessions.DestroyedSessions>;
export type PortalStatus = Static<typeof online.PortalStatus>;
export type PortalStatusQuery = Query<Static<typeof online.StatusQuery>>;
/** `duration` in seconds, 0 for no end. */
export type Mute = Body<Static<typeof moderation.MuteBody>>;
/** Whom, and why. */
export type Target = Body<Static<typeof moderation.TargetBody>>;

/** Oneself and others. */
export interface Users {
  /** One's own profile. */
  me(options?: CallOptions): Promise<Profile>;
  /** Changes one's name or picture. Each field is set on its own, and a refused one is named in `errors`. */
  updateMe(body: ProfileUpdate, options?: CallOptions): Promise<ProfileUpdated>;
  /** The group chats that one owns. */
  myChats(options?: CallOptions): Promise<List<OwnedChat>>;
  /** One's subscription and its history. */
  mySubscription(options?: CallOptions): Promise<OwnSubscription>;
  /** What moderators did to oneself, newest first, ended ones included. */
  myPunishments(query?: PunishmentsQuery, options?: CallOptions): Promise<List<Punishment>>;
  /** One's sessions, open and ended. */
  mySessions(options?: CallOptions): Promise<OwnSessions>;
  /** Signs out another session. `ERR_CURRENT_SESSION` for the one that asks. */
  destroySession(tokenSuffix: string, options?: CallOptions): Promise<DestroyedSession>;
  /** Signs out everywhere else. */
  destroyOtherSessions(options?: CallOptions): Promise<DestroyedSessions>;
  get(userId: number, options?: CallOptions): Promise<UserView>;
  getByName(username: string, options?: CallOptions): Promise<UserView>;
  /** Finds people by part of the name or by id. */
  search(query?: UserSearchQuery, options?: CallOptions): Promise<FoundUsers>;
  /** Who is online, and whether oneself is muted everywhere. */
  online(query?: PortalStatusQuery, options?: CallOptions): Promise<PortalStatus>;
  /** The SVG text of a default picture: `discord_0.svg` to `discord_5.svg`. */
  defaultAvatar(file: string, options?: CallOptions): Promise<string>;
  /** Admins: mutes someone in every chat. */
  hardMute(body: Mute, options?: CallOptions): Promise<Ok>;
  /** Admins: lifts a mute in every chat; mutes in single chats stay. */
  hardUnmute(body: Target, options?: CallOptions): Promise<Ok>;
}

export const USERS = {
  me: 'GET /v1/users/me getMe',
  updateMe: 'POST /v1/users/me/update updateMe body again',
  myChats: 'GET /v1/users/me/chats listMyChats',
  mySubscription: 'GET /v1/users/me/subscription getMySubscription',
  myPunishments: 'GET /v1/users/me/punishments listMyPunishments query',
  mySessions: 'GET /v1/users/me/sessions listMySessions',
  destroySession: 'POST /v1/users/me/sessions/{token_suffix}/destroy destroyMySession',
  destroyOtherSessions: 'POST /v1/users/me/sessions/destroy destroyMyOtherSessions',
  get: 'GET /v1/users/{user_id} getUser public',
  getByName: 'GET /v1/users/profile/{username} getUserByName',
  search: 'GET /v1/users/search searchUsers query',
  online: 'GET /v1/portal/status getPortalStatus query',
  defaultAvatar: 'GET /avatars/{file} getDefaultAvatar none text',
  hardMute: 'POST /v1/portal/hard-mute hardMute body',
  hardUnmute: 'POST /v1/portal/hard-unmute hardUnmute body again',
} as const satisfies Record<keyof Users, Route>;
