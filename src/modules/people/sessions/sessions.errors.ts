import { defineError, notFound } from '../../../core/errors.ts';

export const sessionErrors = {
  current: defineError({
    code: 'ERR_CURRENT_SESSION',
    status: 400,
    message: 'This is your current session. Log out instead',
  }),
  notFound: notFound.saying('You have no such session'),
};
