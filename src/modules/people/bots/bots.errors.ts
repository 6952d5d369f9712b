import { badRequest, defineError, forbidden, notFound, RETRY_AFTER } from '../../../core/errors.ts';

export const botErrors = {
  rateLimit: defineError<{ retry_after: number }>({
    code: 'ERR_BOT_RATE_LIMIT',
    status: 429,
    message: ({ retry_after }) =>
      `This bot has reached its hourly rate limit${retry_after ? `; try again in ${retry_after} s` : ''}`,
    fields: RETRY_AFTER,
  }),
  notFound: notFound.saying('No such bot'),
  outranked: forbidden.saying('You cannot act on behalf of this user'),
  ownerFilter: forbidden.saying('Admin access required to filter by owner'),
  noChange: badRequest.saying('Name at least one field to change'),
  otherPlatform: forbidden.saying('This user has no account on this bot’s platform'),
};
