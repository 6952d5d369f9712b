import type { Job } from '../core/scheduler.ts';
import { loginCodesReaper } from '../modules/auth/auth.jobs.ts';
import { deletedChatsPurge } from '../modules/messages/messages.jobs.ts';
import { activityWriter, sessionsReaper } from '../modules/sessions/sessions.jobs.ts';
import type { Modules } from './modules.ts';

/** What is done again and again. */
export function createJobs({ sessions, auth, messages }: Modules): Job[] {
  return [sessionsReaper(sessions), activityWriter(sessions), loginCodesReaper(auth), deletedChatsPurge(messages)];
}
