import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Queries } from '../db/queries.ts';
import type { Units } from '../db/units.ts';
import { createAudit } from '../modules/audit/audit.service.ts';
import { type AuthLimits, createAuth } from '../modules/auth/auth.service.ts';
import { createClaim } from '../modules/auth/claim.ts';
import { createBots } from '../modules/bots/bots.service.ts';
import { createChatStatus } from '../modules/chats/chat-status.ts';
import { createChats } from '../modules/chats/chats.service.ts';
import { KeyDistribution } from '../modules/e2ee/e2ee.distribution.ts';
import { findKeyState, setGenerator } from '../modules/e2ee/e2ee.repository.ts';
import { createE2ee } from '../modules/e2ee/e2ee.service.ts';
import { openInstance } from '../modules/instance/instance.service.ts';
import { createInvites } from '../modules/invites/invites.service.ts';
import { createMessages } from '../modules/messages/messages.service.ts';
import { createModeration } from '../modules/moderation/moderation.service.ts';
import { createNotifications } from '../modules/notifications/notifications.service.ts';
import { createRooms } from '../modules/rooms/rooms.service.ts';
import { createSessions } from '../modules/sessions/sessions.service.ts';
import { createAvatarAddress } from '../modules/users/users.presenter.ts';
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
  const { config, read, units } = platform;
  const { limits } = config;
  const avatarAddress = createAvatarAddress(config.server.publicUrl);
  const base = { ...platform, avatarAddress };

  const instance = await openInstance(base);
  const audit = createAudit(base);
  const notifications = createNotifications(base);
  const users = createUsers({ ...base, audit, notifications });
  const sessions = createSessions(base);
  const claim = createClaim(base);
  const auth = createAuth({ ...base, limits: limits.enabled ? limits : unlimited(limits), users, sessions });
  const bots = createBots({ ...base, limits, audit, users });
  const chats = createChats({ ...base, audit, users });

  const distribution = new KeyDistribution({
    ...base,
    appoint: (chatId, epoch, sessionId) =>
      units.run('appoint generator', ({ db }) => setGenerator(db, chatId, epoch, sessionId)),
    abandonEpoch: (chatId, epoch) =>
      units.run('abandon epoch', async (unit) => {
        if ((await findKeyState(unit.db, chatId))?.epoch === epoch) await e2ee.rotate(unit, chatId, 'lost');
      }),
  });
  const e2ee = createE2ee({ ...base, asked: distribution });
  const messages = createMessages({
    ...base,
    chats,
    holdsKey: e2ee.holdsKey,
    limits: limits.enabled ? { perChat: limits.messages, total: limits.messagesTotal } : undefined,
  });
  const invites = createInvites({ ...base, chats, messages });
  const chatStatus = createChatStatus({ ...base, read });
  const rooms = createRooms({ ...base, distribution, chats, messages, e2ee, changed: chatStatus.changed });
  const moderation = createModeration({ ...base, audit, users, chats, messages, e2ee });

  return {
    instance,
    users,
    sessions,
    claim,
    auth,
    bots,
    chats,
    chatStatus,
    distribution,
    e2ee,
    messages,
    invites,
    rooms,
    moderation,
  };
}

/** For benchmarks. How often a login through the website is due is no rate. */
function unlimited(limits: AuthLimits): AuthLimits {
  const { POSITIVE_INFINITY } = Number;
  return { ...limits, pendingCodes: POSITIVE_INFINITY, failedLogins: POSITIVE_INFINITY };
}
