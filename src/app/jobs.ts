import type { Job } from '../core/scheduler.ts';
import { clearedPurge, deletedChatsPurge, wipeCheck } from '../modules/chats/clearing/clearing.jobs.ts';
import { chatActivityReaper } from '../modules/chats/membership/activity.jobs.ts';
import { chatModerationReaper } from '../modules/chats/moderation/moderation.jobs.ts';
import { deletedUsersPurge } from '../modules/instance/accounts/accounts.jobs.ts';
import { announcementsReaper } from '../modules/people/announcements/announcements.jobs.ts';
import { loginCodesReaper } from '../modules/people/auth/auth.jobs.ts';
import { botActivityWriter } from '../modules/people/bots/bots.jobs.ts';
import { broadcastDelivery } from '../modules/people/notifications/notifications.jobs.ts';
import { punishmentsReaper } from '../modules/people/sanctions/platform.jobs.ts';
import { activityWriter, sessionsPurge, sessionsReaper } from '../modules/people/sessions/sessions.jobs.ts';
import { subscriptionsReaper } from '../modules/people/subscriptions/subscriptions.jobs.ts';
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
