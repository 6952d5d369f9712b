import { defineError, notFound } from '../../../core/errors.ts';

export const inviteErrors = {
  invalid: defineError({
    code: 'ERR_INVITE_INVALID',
    status: 404,
    message: 'No such invite or public chat, or the invite has expired or been used up',
  }),
  quota: defineError({
    code: 'ERR_INVITE_QUOTA',
    status: 409,
    message: 'The chat has 20 live invites already; revoke one first',
  }),
  notFound: notFound.saying('The chat has no such invite'),
};
