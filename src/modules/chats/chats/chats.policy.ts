import { Level, type UserPrincipal } from '../../../core/principal.ts';
import { canActOn } from '../../people/users/users.policy.ts';
import type { BrowserConfigBody } from './chats.model.ts';
import type { BrowserConfig, ChatRow } from './chats.tables.ts';

/** What the rules need to know about a person and a chat. */
export type Standing = {
  chat: Pick<ChatRow, 'visibility' | 'ownerId' | 'chatType'>;
  ownerLevel: number;
  isMember: boolean;
  isBanned: boolean;
};

type Found = {
  chat: Standing['chat'];
  owner: { permissionLevel: number } | null;
  memberSince: number | null;
  bannedAt: number | null;
};

/** Only an Owner outranks a chat that has no owner. */
export function standingOf({ chat, owner, memberSince, bannedAt }: Found): Standing {
  const ownerLevel = owner?.permissionLevel ?? Level.Owner;
  return { chat, ownerLevel, isMember: memberSince !== null, isBanned: bannedAt !== null };
}

type Who = Pick<UserPrincipal, 'userId' | 'level'>;
export type Access = 'granted' | 'banned' | 'unknown';

const isOpen = ({ chat }: Standing) => chat.visibility !== 'private';

export function isOwner(who: Who, { chat }: Standing): boolean {
  return chat.ownerId === who.userId;
}

/**
 * Official and public chats admit any user. Private chats admit the owner, members, and Admins and above; to others
 * they do not exist. A ban overrides any level, and a former member of a private chat learns no more about it than
 * others do.
 */
export function accessOf(who: Who, standing: Standing): Access {
  if (standing.chat.chatType === 'direct') return standing.isMember ? 'granted' : 'unknown';
  const isKnown = isOwner(who, standing) || isOpen(standing) || who.level >= Level.Admin;
  if (standing.isBanned) return isKnown ? 'banned' : 'unknown';
  return isKnown || standing.isMember ? 'granted' : 'unknown';
}

/** The owner; in official and public chats also anyone who outranks the owner. */
export function canManage(who: Who, standing: Standing): boolean {
  if (standing.chat.chatType === 'direct') return false;
  return isOwner(who, standing) || (isOpen(standing) && canActOn(who.level, standing.ownerLevel));
}

/** As canManage; in private chats also Admins and above, so that abuse is never out of reach. */
export function canModerate(who: Who, standing: Standing): boolean {
  if (standing.chat.chatType === 'direct') return false;
  return canManage(who, standing) || (!isOpen(standing) && who.level >= Level.Admin);
}

/**
 * Whether a moderator of the chat may act on this person. The owner may act on anyone up to their own level, others
 * only on people they outrank. Only a person who outranks the owner may act on the owner.
 */
export function canModerateTarget(who: Who, standing: Standing, target: { userId: number; level: number }): boolean {
  const targetsOwner = standing.chat.ownerId === target.userId;
  if (isOwner(who, standing) && !targetsOwner) return target.level <= who.level;
  return canActOn(who.level, target.level);
}

const PLAIN: BrowserConfig = { browser: 'chromium', start_url: null, kiosk: false };

/** Omitted fields keep their value. */
export function browserConfigOf(wanted: BrowserConfigBody = {}, present: BrowserConfig = PLAIN): BrowserConfig {
  const { browser = present.browser, start_url = present.start_url, kiosk = present.kiosk } = wanted;
  const { preview = present.preview } = wanted;
  return { browser, start_url, kiosk, ...(preview === undefined ? {} : { preview }) };
}
