import { defineError, notFound } from '../../../core/errors.ts';

export const sessionErrors = {
  current: defineError({
    code: 'ERR_CURRENT_SESSION',
    status: 400,
    message: 'This is the session that you use now: log out instead',
  }),
  notFound: notFound.saying('You have no such session'),
};
