import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Bots } from './bots.service.ts';

export const botActivityWriter = (bots: Bots): Job => ({
  name: 'bots.activity',
  everyMs: 30 * SECOND_MS,
  run: () => bots.writeActivity(),
});
