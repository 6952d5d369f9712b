import { HOUR_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { NeverPairs } from './never-pairs.ts';
import type { Reports } from './reports.service.ts';

export const reportsPurge = (reports: Pick<Reports, 'deleteOld'>): Job => ({
  name: 'reports.purge',
  everyMs: HOUR_MS,
  async run() {
    while (await reports.deleteOld());
  },
});

export const neverPairsPurge = (neverPairs: Pick<NeverPairs, 'deleteOver'>): Job => ({
  name: 'reports.never-pairs',
  everyMs: HOUR_MS,
  async run() {
    while (await neverPairs.deleteOver());
  },
});
