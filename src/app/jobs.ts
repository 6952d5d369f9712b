import type { Job } from '../core/scheduler.ts';
import { announcementsReaper } from '../modules/announcements/announcements.jobs.ts';
import { loginCodesReaper } from '../modules/auth/auth.jobs.ts';
import { botActivityWriter } from '../modules/bots/bots.jobs.ts';
import { chatActivityReaper } from '../modules/chats/chat-activity.jobs.ts';
import { clearedPurge, deletedChatsPurge, wipeCheck } from '../modules/messages/messages.jobs.ts';
import { chatModerationReaper } from '../modules/moderation/moderation.jobs.ts';
import { punishmentsReaper } from '../modules/moderation/platform.jobs.ts';
import { broadcastDelivery } from '../modules/notifications/notifications.jobs.ts';
import { activityWriter, sessionsPurge, sessionsReaper } from '../modules/sessions/sessions.jobs.ts';
import { subscriptionsReaper } from '../modules/subscriptions/subscriptions.jobs.ts';
import { deletedUsersPurge } from '../modules/users/users.jobs.ts';
import type { Modules } from './modules.ts';

/** What is done again and again. */
export function createJobs(modules: Modules): Job[] {
  const { sessions, auth, messages } = modules;
  return [
    sessionsReaper(sessions),
    sessionsPurge(sessions),
    activityWriter(sessions),
    loginCodesReaper(auth),
    botActivityWriter(modules.bots),
    deletedChatsPurge(messages),
    clearedPurge(modules.clearing),
    wipeCheck(modules.wipeTimer),
    deletedUsersPurge(modules.userDeletion),
    chatActivityReaper(modules.chatActivity),
    subscriptionsReaper(modules.subscriptions),
    punishmentsReaper(modules.platformModeration),
    chatModerationReaper(modules.moderationEnds),
    announcementsReaper(modules.announcements),
    broadcastDelivery(modules.broadcasts),
  ];
}
