import { conflict, defineError, forbidden, notFound, TTL } from '../../../core/errors.ts';

export const userErrors = {
  notFound: notFound.saying('No such user'),
  usernameTaken: defineError({ code: 'ERR_USERNAME_TAKEN', status: 409, message: 'This name is taken' }),
  filtersAreForStaff: forbidden.saying('Admin access required to filter users'),
  outranked: forbidden.saying('You cannot act on a user of this level'),
  levelTooHigh: forbidden.saying('You cannot grant this level'),
  lastOwner: conflict.saying('This is the last Owner: make another one first'),
};

/** Refusals that follow from the state of an account. */
export const accountErrors = {
  banned: defineError({ code: 'ERR_BANNED', status: 403, message: 'This account is banned' }),
  timedOut: defineError<{ ttl: number; expires_at: string }>({
    code: 'ERR_TIMED_OUT',
    status: 403,
    message: ({ expires_at }) => `This account is timed out${expires_at ? ` until ${expires_at}` : ''}`,
    fields: {
      ...TTL,
      expires_at: {
        type: 'string',
        format: 'date-time',
        description: 'When it ends.',
        example: '2026-01-31T18:00:00.000Z',
      },
    },
  }),
};

export const identityErrors = {
  taken: defineError({ code: 'ERR_IDENTITY_TAKEN', status: 409, message: 'This identity belongs to another account' }),
};
