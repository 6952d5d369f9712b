import { defineError, notFound } from '../../core/errors.ts';

export const userErrors = {
  notFound: notFound.saying('No such user'),
  usernameTaken: defineError({ code: 'ERR_USERNAME_TAKEN', status: 409, message: 'This name is taken' }),
};

export const identityErrors = {
  taken: defineError({ code: 'ERR_IDENTITY_TAKEN', status: 409, message: 'This identity belongs to another account' }),
};
