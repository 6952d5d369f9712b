import { defineError, notFound } from '../../../core/errors.ts';

export const sessionErrors = {
  current: defineError({
    code: 'ERR_CURRENT_SESSION',
    status: 400,
    message: 'This is the session that you use now: log out instead',
  }),
  notFound: notFound.saying('You have no such session'),
  banned: defineError({ code: 'ERR_BANNED', status: 403, message: 'This account is banned' }),
  timedOut: defineError<{ ttl: number; expires_at: string }>({
    code: 'ERR_TIMED_OUT',
    status: 403,
    message: ({ expires_at }) => `This account is timed out${expires_at ? ` until ${expires_at}` : ''}`,
  }),
};
