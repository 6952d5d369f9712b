import { createChats } from '../modules/chats/chats/chats.service.ts';
import { clearedPurge, deletedChatsPurge, wipeCheck } from '../modules/chats/clearing/clearing.jobs.ts';
import { createClearing } from '../modules/chats/clearing/clearing.service.ts';
import { removalRoutes } from '../modules/chats/clearing/removal.routes.ts';
import { createRemoval } from '../modules/chats/clearing/removal.service.ts';
import { createWipeTimer } from '../modules/chats/clearing/wipe-timer.ts';
import { chatsRoutes } from '../modules/chats/directory/chats.routes.ts';
import { fanOutChats } from '../modules/chats/directory/directory.realtime.ts';
import { chatDirectoryRoutes } from '../modules/chats/directory/directory.routes.ts';
import { createChatDirectory } from '../modules/chats/directory/directory.service.ts';
import { createLiveliness } from '../modules/chats/directory/liveliness.ts';
import { createChatStatus } from '../modules/chats/directory/status.ts';
import { invitesRoutes } from '../modules/chats/invites/invites.routes.ts';
import { createInvites } from '../modules/chats/invites/invites.service.ts';
import { KeyDistribution } from '../modules/chats/keys/keys.distribution.ts';
import { fanOutKeys } from '../modules/chats/keys/keys.realtime.ts';
import { listChatsOf, listKeyedSessions, setGenerator } from '../modules/chats/keys/keys.repository.ts';
import { e2eeRoutes } from '../modules/chats/keys/keys.routes.ts';
import { createE2ee } from '../modules/chats/keys/keys.service.ts';
import { e2eeHandlers } from '../modules/chats/keys/keys.socket.ts';
import { chatActivityReaper } from '../modules/chats/membership/activity.jobs.ts';
import { createChatActivityLog } from '../modules/chats/membership/activity.service.ts';
import { createCrowds } from '../modules/chats/membership/crowds.ts';
import { fanOutMessages } from '../modules/chats/messages/messages.realtime.ts';
import { messagesRoutes } from '../modules/chats/messages/messages.routes.ts';
import { createMessages } from '../modules/chats/messages/messages.service.ts';
import { messagesHandlers } from '../modules/chats/messages/messages.socket.ts';
import { hardMutesRoutes } from '../modules/chats/moderation/hard-mutes.routes.ts';
import { chatModerationReaper } from '../modules/chats/moderation/moderation.jobs.ts';
import { fanOutModeration } from '../modules/chats/moderation/moderation.realtime.ts';
import { moderationRoutes } from '../modules/chats/moderation/moderation.routes.ts';
import { createModeration } from '../modules/chats/moderation/moderation.service.ts';
import { moderationHandlers } from '../modules/chats/moderation/moderation.socket.ts';
import { createModerationEnds } from '../modules/chats/moderation/moderation-ends.service.ts';
import { createMuting } from '../modules/chats/moderation/muting.service.ts';
import { createPardon } from '../modules/chats/moderation/pardon.ts';
import { createTargets } from '../modules/chats/moderation/targets.ts';
import { fanOutRooms } from '../modules/chats/rooms/rooms.realtime.ts';
import { createRooms } from '../modules/chats/rooms/rooms.service.ts';
import { roomsHandlers } from '../modules/chats/rooms/rooms.socket.ts';
import { createRoomNews } from '../modules/chats/rooms/roster.ts';
import { createTyping } from '../modules/chats/rooms/typing.ts';
import { createChatEditor } from '../modules/chats/settings/chat-editor.service.ts';
import { chatConfigRoutes } from '../modules/chats/settings/settings.routes.ts';
import { createChatConfig } from '../modules/chats/settings/settings.service.ts';
import type { Module } from '../modules/module.ts';
import { assemblyOn } from './assembly.ts';
import type { assemblePeople } from './people.ts';
import type { Platform } from './platform.ts';

type People = Awaited<ReturnType<typeof assemblePeople>>['services'];

/** Where people talk: chats, who is in them, what is said there, and under which key. */
export function assembleChats(base: Platform & People) {
  return assemblyOn(base).add(chatsModule);
}

function chatsModule(base: Platform & People) {
  const { config, read, units, audit, rights, platformModeration, mutes } = base;
  const { limits } = config;
  const liveliness = createLiveliness(base);
  const chats = createChats({ ...base, liveliness });
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
  const removal = createRemoval({ ...base, chats });
  const messages = createMessages({
    ...base,
    chats,
    findMute: mutes.find,
    holdsKey: e2ee.holdsKey,
    limits: limits.enabled ? { perChat: limits.messages, total: limits.messagesTotal } : undefined,
  });
  const clearing = createClearing({ ...base, chats, messages, e2ee });
  const wipeTimer = createWipeTimer({ ...base, clearing });
  const chatEditor = createChatEditor({ ...base, chats, e2ee, messages });
  const chatConfig = createChatConfig({ ...base, chats, chatEditor, messages });
  const crowds = createCrowds({ ...base, messages });
  const typing = createTyping({ ...base, crowds });
  const invites = createInvites({ ...base, limits, chats, crowds, e2ee });
  const chatStatus = createChatStatus({ ...base, liveliness });
  const news = createRoomNews({ ...base, crowds, changed: chatStatus.changed });
  const rooms = createRooms({ ...base, distribution, chats, messages, e2ee, crowds, news });
  const targets = createTargets({ chats, rights });
  const moderation = createModeration({ ...base, limits, targets, chats, messages, e2ee, platformModeration });
  const muting = createMuting({ ...base, targets });
  const moderationEnds = createModerationEnds({ ...base, audit });
  const pardon = createPardon(base);
  const services = {
    liveliness,
    chats,
    chatDirectory,
    chatActivity,
    distribution,
    e2ee,
    removal,
    messages,
    clearing,
    wipeTimer,
    chatEditor,
    chatConfig,
    crowds,
    typing,
    invites,
    chatStatus,
    changed: chatStatus.changed,
    news,
    rooms,
    moderation,
    muting,
    moderationEnds,
    pardon,
  };
  const deps = { ...base, ...services };
  return {
    services,
    routes: ({ access }) => [
      chatDirectoryRoutes({ access, chatDirectory }),
      chatsRoutes({ access, ...services }),
      chatConfigRoutes({ access, chatConfig }),
      invitesRoutes({ access, invites }),
      e2eeRoutes({ access, e2ee }),
      messagesRoutes({ access, messages }),
      removalRoutes({ access, ...services }),
      moderationRoutes({ access, moderation, muting }),
      hardMutesRoutes({ access, muting }),
    ],
    handlers: [
      ...roomsHandlers({ rooms }),
      ...messagesHandlers(deps),
      ...e2eeHandlers({ e2ee }),
      ...moderationHandlers({ moderation }),
    ],
    listen(events) {
      fanOutRooms({ ...deps, events: events.only() });
      fanOutChats({ ...deps, events: events.only() });
      fanOutKeys({
        ...deps,
        events: events.only(),
        chatsOf: (userId) => listChatsOf(read, userId),
        sessionsOf: (userId) => listKeyedSessions(read, userId),
      });
      fanOutMessages({ ...deps, events: events.only() });
      fanOutModeration({ ...deps, events: events.only() });
    },
    jobs: [
      deletedChatsPurge(messages),
      clearedPurge(clearing),
      wipeCheck(wipeTimer),
      chatActivityReaper(chatActivity),
      chatModerationReaper(moderationEnds),
    ],
    async start() {
      await rooms.closeVisits();
      await wipeTimer.plan();
    },
    silence() {
      distribution.stop();
      chatStatus.stop();
      crowds.stop();
    },
    stop: () => wipeTimer.stop(),
  } satisfies Module<object>;
}
