import { MINUTE_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Example } from './example.service.ts';

export const exampleTeller = (example: Example): Job => ({
  name: 'example.tell',
  everyMs: MINUTE_MS,
  run: () => example.tell(),
});
