import { MINUTE_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { LoginCodes } from './login-codes.service.ts';

export const loginCodesReaper = (loginCodes: LoginCodes): Job => ({
  name: 'auth.login-codes',
  everyMs: MINUTE_MS,
  run: () => loginCodes.deleteExpired(),
});
