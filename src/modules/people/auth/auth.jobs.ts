import type { Job } from '../../../core/scheduler.ts';
import { MINUTE_MS } from '../../../core/units.ts';
import type { Auth } from './auth.service.ts';

export const loginCodesReaper = (auth: Auth): Job => ({
  name: 'auth.login-codes',
  everyMs: MINUTE_MS,
  run: () => auth.deleteExpired(),
});
