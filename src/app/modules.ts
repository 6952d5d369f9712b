import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Queries } from '../db/queries.ts';
import type { Units } from '../db/units.ts';
import { createChats } from '../modules/chats/chats/chats.service.ts';
import { listOpenAmong } from '../modules/chats/chats/open-chats.repository.ts';
import { createClearing } from '../modules/chats/clearing/clearing.service.ts';
import { createRemoval } from '../modules/chats/clearing/removal.service.ts';
import { createWipeTimer } from '../modules/chats/clearing/wipe-timer.ts';
import { createChatDirectory } from '../modules/chats/directory/directory.service.ts';
import { createLiveliness } from '../modules/chats/directory/liveliness.ts';
import { createChatStatus } from '../modules/chats/directory/status.ts';
import { createInvites } from '../modules/chats/invites/invites.service.ts';
import { KeyDistribution } from '../modules/chats/keys/keys.distribution.ts';
import { deleteBlobsOfSession, setGenerator } from '../modules/chats/keys/keys.repository.ts';
import { createE2ee } from '../modules/chats/keys/keys.service.ts';
import { createChatActivityLog } from '../modules/chats/membership/activity.service.ts';
import { createMessages } from '../modules/chats/messages/messages.service.ts';
import { createModeration } from '../modules/chats/moderation/moderation.service.ts';
import { createModerationEnds } from '../modules/chats/moderation/moderation-ends.service.ts';
import { createMuting } from '../modules/chats/moderation/muting.service.ts';
import { createPardon } from '../modules/chats/moderation/pardon.ts';
import { createTargets } from '../modules/chats/moderation/targets.ts';
import { createCrowds } from '../modules/chats/rooms/crowds.ts';
import { createRoomNews } from '../modules/chats/rooms/member-updates.ts';
import { createRooms } from '../modules/chats/rooms/rooms.service.ts';
import { createTyping } from '../modules/chats/rooms/typing.ts';
import { createChatEditor } from '../modules/chats/settings/chat-editor.service.ts';
import { createChatConfig } from '../modules/chats/settings/settings.service.ts';
import { createUserDeletion } from '../modules/instance/accounts/account-deletion.service.ts';
import { createUserLevels } from '../modules/instance/accounts/account-levels.service.ts';
import { createChatManagement } from '../modules/instance/chat-management/chat-management.service.ts';
import { createWhoIsOnline } from '../modules/instance/online/online.service.ts';
import { createUserViews } from '../modules/instance/profiles/profiles.service.ts';
import { createAnnouncements } from '../modules/people/announcements/announcements.service.ts';
import { createAudit } from '../modules/people/audit/audit.service.ts';
import { type AuthLimits, createAuth } from '../modules/people/auth/auth.service.ts';
import { createClaim } from '../modules/people/auth/claim.ts';
import { createBotManagement } from '../modules/people/bots/bot-management.service.ts';
import { createBots } from '../modules/people/bots/bots.service.ts';
import { createOwnBot } from '../modules/people/bots/own-bot.service.ts';
import { createBroadcasts } from '../modules/people/notifications/broadcasts.service.ts';
import { createNotifications } from '../modules/people/notifications/notifications.service.ts';
import { openInstance } from '../modules/people/public-key/public-key.service.ts';
import { createRegistration } from '../modules/people/registration/registration.service.ts';
import { createMutes } from '../modules/people/sanctions/mutes.ts';
import { createPlatformModeration } from '../modules/people/sanctions/platform.service.ts';
import { createSessionLists } from '../modules/people/sessions/session-lists.service.ts';
import { createSessions } from '../modules/people/sessions/sessions.service.ts';
import { createSubscriptions } from '../modules/people/subscriptions/subscriptions.service.ts';
import { createRights } from '../modules/people/users/rights.service.ts';
import { createAvatarAddress } from '../modules/people/users/users.presenter.ts';
import { listIdentities, updateIdentity } from '../modules/people/users/users.repository.ts';
import { createUsers } from '../modules/people/users/users.service.ts';
import type { Realtime } from '../ports/realtime.ts';
import type { Adapters } from './adapters.ts';
import type { PortalEvent } from './events.ts';

/** What every module may be given. */
export type Platform = Adapters & {
  config: Config;
  read: Queries;
  units: Units<PortalEvent>;
  timers: Timers;
  clock: Timers;
  random: Random;
  secret: Uint8Array;
  logger: Logger;
  realtime: Realtime;
};

export type Modules = Awaited<ReturnType<typeof createModules>>;

/** All services, in the order of their dependency: a circle cannot be written down. */
export async function createModules(platform: Platform) {
  const { config, units } = platform;
  const { limits } = config;
  const avatarAddress = createAvatarAddress(config.server.publicUrl);
  const base = { ...platform, avatarAddress, listOpenChats: listOpenAmong };

  const instance = await openInstance(base);
  const rights = createRights(base);
  const audit = createAudit(base);
  const notifications = createNotifications(base);
  const broadcasts = createBroadcasts({ ...base, audit, rights, notifications });
  const announcements = createAnnouncements({ ...base, audit, rights });
  const users = createUsers({ ...base, audit, rights });
  const registration = createRegistration({ audit, users, notifications });
  const sessions = createSessions({ ...base, forgetKeys: deleteBlobsOfSession });
  const sessionLists = createSessionLists({ ...base, sessions });
  const userViews = createUserViews({ ...base, users, sessionLists });
  const subscriptions = createSubscriptions({ ...base, audit, rights, users, notifications });
  const platformModeration = createPlatformModeration({ ...base, audit, rights, sessions, notifications });
  const claim = createClaim(base);
  const auth = createAuth({
    ...base,
    limits: limits.enabled ? limits : unlimited(limits),
    users,
    registration,
    sessions,
  });
  const bots = createBots({ ...base, limits });
  const botManagement = createBotManagement({ ...base, audit, rights, bots });
  const ownBot = createOwnBot({ ...base, audit, users, bots, listIdentities, updateIdentity });
  const liveliness = createLiveliness(base);
  const chats = createChats({ ...base, liveliness, audit, users });
  const chatDirectory = createChatDirectory({ ...base, liveliness });
  const chatActivity = createChatActivityLog({ ...base, chats });

  const distribution = new KeyDistribution({
    ...base,
    appoint: (chatId, epoch, sessionId) =>
      units.run('appoint generator', ({ db }) => setGenerator(db, chatId, epoch, sessionId)),
    abandonEpoch: (chatId, epoch) => e2ee.replaceEpoch(chatId, epoch, 'lost'),
    renewEpoch: (chatId, epoch) => e2ee.replaceEpoch(chatId, epoch, 'join'),
  });
  const e2ee = createE2ee({ ...base, asked: distribution });
  const userLevels = createUserLevels({ ...base, audit, rights, users, sessions, chats, e2ee });
  const removal = createRemoval({ ...base, audit, chats });
  const userDeletion = createUserDeletion({ ...base, audit, rights, sessions, chats, e2ee, removal });
  const mutes = createMutes(base);
  const messages = createMessages({
    ...base,
    chats,
    findMute: mutes.find,
    holdsKey: e2ee.holdsKey,
    limits: limits.enabled ? { perChat: limits.messages, total: limits.messagesTotal } : undefined,
  });
  const clearing = createClearing({ ...base, audit, chats, messages, e2ee });
  const wipeTimer = createWipeTimer({ ...base, clearing });
  const chatEditor = createChatEditor({ ...base, audit, chats, e2ee, messages });
  const chatConfig = createChatConfig({ ...base, users, chats, chatEditor, messages });
  const crowds = createCrowds({ ...base, messages });
  const typing = createTyping({ ...base, crowds });
  const invites = createInvites({ ...base, limits, chats, crowds, e2ee });
  const chatStatus = createChatStatus({ ...base, liveliness });
  const news = createRoomNews({ ...base, crowds, changed: chatStatus.changed });
  const rooms = createRooms({ ...base, distribution, chats, messages, mutes, e2ee, crowds, news });
  const targets = createTargets({ chats, rights });
  const moderation = createModeration({ ...base, limits, audit, targets, chats, messages, e2ee, platformModeration });
  const muting = createMuting({ ...base, audit, users, targets });
  const moderationEnds = createModerationEnds({ ...base, audit });
  const pardon = createPardon(base);
  const chatManagement = createChatManagement({
    ...base,
    audit,
    rights,
    users,
    chats,
    chatEditor,
    moderation,
    pardon,
    liveliness,
    changed: chatStatus.changed,
  });
  const whoIsOnline = createWhoIsOnline({ ...base, mutes });

  return {
    instance,
    audit,
    rights,
    notifications,
    broadcasts,
    announcements,
    subscriptions,
    platformModeration,
    users,
    registration,
    userViews,
    userLevels,
    userDeletion,
    sessions,
    sessionLists,
    claim,
    auth,
    bots,
    botManagement,
    ownBot,
    chats,
    chatEditor,
    chatDirectory,
    chatActivity,
    chatManagement,
    chatStatus,
    distribution,
    e2ee,
    messages,
    removal,
    clearing,
    wipeTimer,
    chatConfig,
    typing,
    invites,
    crowds,
    news,
    rooms,
    mutes,
    muting,
    moderation,
    moderationEnds,
    whoIsOnline,
  };
}

/** For benchmarks. How often a login through the website is due is no rate. */
function unlimited(limits: AuthLimits): AuthLimits {
  const { POSITIVE_INFINITY } = Number;
  return { ...limits, pendingCodes: POSITIVE_INFINITY, failedLogins: POSITIVE_INFINITY };
}
