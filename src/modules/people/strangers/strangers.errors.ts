import { defineError, notFound, rateLimited } from '../../../core/errors.ts';

export const strangerErrors = {
  off: defineError({
    code: 'ERR_STRANGERS_OFF',
    status: 403,
    message: 'This instance admits people with an account only',
  }),
  allInUse: rateLimited.saying('All anonymous sessions of your address are in use: end one of them first'),
  blocked: defineError({
    code: 'ERR_STRANGER_BLOCKED',
    status: 403,
    message: 'You may not search for anybody at present',
  }),
  notFound: notFound.saying('There is no such stranger'),
};
