import { HOUR_MS, SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Sessions } from './sessions.service.ts';

export const sessionsReaper = (sessions: Sessions): Job => ({
  name: 'sessions.reaper',
  everyMs: 15 * SECOND_MS,
  async run() {
    while (await sessions.endOverdue());
  },
});

export const sessionsPurge = (sessions: Sessions): Job => ({
  name: 'sessions.purge',
  everyMs: HOUR_MS,
  async run() {
    while (await sessions.forgetOld());
  },
});

export const activityWriter = (sessions: Sessions): Job => ({
  name: 'sessions.activity',
  everyMs: 30 * SECOND_MS,
  run: () => sessions.writeActivity(),
});
