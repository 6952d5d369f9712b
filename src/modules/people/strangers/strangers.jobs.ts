import { HOUR_MS, SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { LastSeen } from './last-seen.ts';
import type { StrangerBlocks } from './stranger-blocks.service.ts';

export const lastSeenWriter = (lastSeen: LastSeen): Job => ({
  name: 'strangers.last-seen',
  everyMs: 30 * SECOND_MS,
  run: () => lastSeen.write(),
});

export const strangerBlocksReaper = (blocks: StrangerBlocks): Job => ({
  name: 'strangers.blocks',
  everyMs: HOUR_MS,
  async run() {
    while (await blocks.deleteOver());
  },
});
