import type { Job } from '../../../core/scheduler.ts';
import { SECOND_MS } from '../../../core/units.ts';
import type { Bots } from './bots.service.ts';

export const botActivityWriter = (bots: Bots): Job => ({
  name: 'bots.activity',
  everyMs: 30 * SECOND_MS,
  run: () => bots.writeActivity(),
});
