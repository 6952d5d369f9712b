import { conflict, defineError } from '../../../core/errors.ts';

export const subscriptionErrors = {
  trialUsed: defineError({ code: 'ERR_TRIAL_USED', status: 409, message: 'This account has had its trial' }),
  better: conflict.saying('This account has a higher subscription. Revoke it first'),
  none: conflict.saying('This account has no subscription'),
};
