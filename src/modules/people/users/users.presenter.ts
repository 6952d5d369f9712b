import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { Profile } from './users.model.ts';
import type { IdentityRow, UserRow } from './users.tables.ts';

export const DEFAULT_AVATARS = ['discord_0', 'discord_1', 'discord_2', 'discord_3', 'discord_4', 'discord_5'] as const;

/** The path of a default picture on this instance. */
function defaultAvatarPath(name: string): string {
  return `/avatars/${name}.svg`;
}

/** Resolves `avatar_source`: a default picture, a linked platform's, else that of the earliest platform that has one. */
export function resolveAvatar(source: string | null, identities: readonly IdentityRow[]): string | null {
  if (source && (DEFAULT_AVATARS as readonly string[]).includes(source)) return defaultAvatarPath(source);
  const chosen = identities.find(({ platform }) => platform === source)?.platformAvatarUrl;
  return chosen ?? identities.find(({ platformAvatarUrl }) => platformAvatarUrl !== null)?.platformAvatarUrl ?? null;
}

/** Turns the path of a picture into a URL when the public URL is configured. */
export type AvatarAddress = (avatarUrl: string | null) => string | null;

export function createAvatarAddress(publicUrl: string | undefined): AvatarAddress {
  return (avatarUrl) =>
    publicUrl !== undefined && avatarUrl?.startsWith('/') ? new URL(avatarUrl, publicUrl).href : avatarUrl;
}

type UserInShort = { id: number; username: string; avatarUrl: string | null };

/** A user as others are shown them. */
export type ShownUser = ReturnType<typeof presentUser>;

/** The short form of a user. */
export function presentUser({ id, username, avatarUrl }: UserInShort, address: AvatarAddress) {
  return { id, username, avatar_url: address(avatarUrl) };
}

/** The short form with the permission level. */
export function presentUserWithLevel(row: UserInShort & { permissionLevel: number }, address: AvatarAddress) {
  return { ...presentUser(row, address), permission_level: row.permissionLevel };
}

/** `identities`: oldest link first. */
export function presentProfile(row: UserRow, identities: readonly IdentityRow[], address: AvatarAddress): Profile {
  return {
    id: row.id,
    username: row.username,
    avatar_url: address(row.avatarUrl),
    subscription_tier: row.subscriptionTier,
    state: row.state,
    permission_level: row.permissionLevel,
    subscription_expires_at: isoTimeOrNull(row.subscriptionExpiresAt),
    subscription_granted_by: row.subscriptionGrantedBy,
    last_activity_at: isoTime(row.lastActivityAt),
    permission_since: row.permissionSince === 0 ? null : isoTime(row.permissionSince),
    avatar_source: row.avatarSource,
    linked_platforms: identities.map((identity) => ({
      platform: identity.platform,
      platform_user_id: identity.platformUserId,
      platform_username: identity.platformUsername,
      platform_avatar_url: identity.platformAvatarUrl,
      linked_at: isoTime(identity.linkedAt),
      last_authenticated_at: isoTimeOrNull(identity.lastAuthenticatedAt),
    })),
    created_at: isoTime(row.createdAt),
    updated_at: isoTime(row.updatedAt),
  };
}
