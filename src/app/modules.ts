import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Queries } from '../db/queries.ts';
import type { Units } from '../db/units.ts';
import { createAnnouncements } from '../modules/announcements/announcements.service.ts';
import { createAudit } from '../modules/audit/audit.service.ts';
import { type AuthLimits, createAuth } from '../modules/auth/auth.service.ts';
import { createClaim } from '../modules/auth/claim.ts';
import { createBotManagement } from '../modules/bots/bot-management.service.ts';
import { createBots } from '../modules/bots/bots.service.ts';
import { createOwnBot } from '../modules/bots/own-bot.service.ts';
import { createChatActivityLog } from '../modules/chats/chat-activity.service.ts';
import { createChatEditor } from '../modules/chats/chat-changes.service.ts';
import { createChatConfig } from '../modules/chats/chat-config.service.ts';
import { createChatDirectory } from '../modules/chats/chat-directory.service.ts';
import { createLiveliness } from '../modules/chats/chat-liveliness.ts';
import { createChatManagement } from '../modules/chats/chat-management.service.ts';
import { createChatStatus } from '../modules/chats/chat-status.ts';
import { createChats } from '../modules/chats/chats.service.ts';
import { KeyDistribution } from '../modules/e2ee/e2ee.distribution.ts';
import { deleteBlobsOfSession, setGenerator } from '../modules/e2ee/e2ee.repository.ts';
import { createE2ee } from '../modules/e2ee/e2ee.service.ts';
import { openInstance } from '../modules/instance/instance.service.ts';
import { createInvites } from '../modules/invites/invites.service.ts';
import { createClearing } from '../modules/messages/clearing.service.ts';
import { createMessages } from '../modules/messages/messages.service.ts';
import { createRemoval } from '../modules/messages/removal.service.ts';
import { createTyping } from '../modules/messages/typing.ts';
import { createWipeTimer } from '../modules/messages/wipe-timer.ts';
import { createModeration } from '../modules/moderation/moderation.service.ts';
import { createModerationEnds } from '../modules/moderation/moderation-ends.service.ts';
import { createMutes } from '../modules/moderation/mutes.ts';
import { createMuting } from '../modules/moderation/muting.service.ts';
import { createPardon } from '../modules/moderation/pardon.ts';
import { createPlatformModeration } from '../modules/moderation/platform.service.ts';
import { createTargets } from '../modules/moderation/targets.ts';
import { createBroadcasts } from '../modules/notifications/broadcasts.service.ts';
import { createNotifications } from '../modules/notifications/notifications.service.ts';
import { createWhoIsOnline } from '../modules/online/online.service.ts';
import { createCrowds } from '../modules/rooms/crowds.ts';
import { createRoomNews } from '../modules/rooms/rooms.news.ts';
import { createRooms } from '../modules/rooms/rooms.service.ts';
import { createSessionLists } from '../modules/sessions/session-lists.service.ts';
import { createSessions } from '../modules/sessions/sessions.service.ts';
import { createSubscriptions } from '../modules/subscriptions/subscriptions.service.ts';
import { createUserDeletion } from '../modules/users/user-deletion.service.ts';
import { createUserLevels } from '../modules/users/user-levels.service.ts';
import { createUserViews } from '../modules/users/user-views.service.ts';
import { createAvatarAddress } from '../modules/users/users.presenter.ts';
import { listIdentities, updateIdentity } from '../modules/users/users.repository.ts';
import { createUsers } from '../modules/users/users.service.ts';
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
  const base = { ...platform, avatarAddress };

  const instance = await openInstance(base);
  const audit = createAudit(base);
  const notifications = createNotifications(base);
  const broadcasts = createBroadcasts({ ...base, audit, notifications });
  const announcements = createAnnouncements({ ...base, audit });
  const users = createUsers({ ...base, audit, notifications });
  const sessions = createSessions({ ...base, forgetKeys: deleteBlobsOfSession });
  const sessionLists = createSessionLists({ ...base, sessions });
  const userViews = createUserViews({ ...base, users, sessionLists });
  const subscriptions = createSubscriptions({ ...base, audit, users, notifications });
  const platformModeration = createPlatformModeration({ ...base, audit, users, sessions, notifications });
  const claim = createClaim(base);
  const auth = createAuth({ ...base, limits: limits.enabled ? limits : unlimited(limits), users, sessions });
  const bots = createBots({ ...base, limits });
  const botManagement = createBotManagement({ ...base, audit, users, bots });
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
  const userLevels = createUserLevels({ ...base, audit, users, sessions, chats, e2ee });
  const removal = createRemoval({ ...base, audit, chats });
  const userDeletion = createUserDeletion({ ...base, audit, users, sessions, chats, e2ee, removal });
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
  const targets = createTargets({ chats, users });
  const moderation = createModeration({ ...base, limits, audit, targets, chats, messages, e2ee, platformModeration });
  const muting = createMuting({ ...base, audit, users, targets });
  const moderationEnds = createModerationEnds({ ...base, audit });
  const pardon = createPardon(base);
  const chatManagement = createChatManagement({
    ...base,
    audit,
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
    notifications,
    broadcasts,
    announcements,
    subscriptions,
    platformModeration,
    users,
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
