import { defineError, forbidden, notFound, RETRY_AFTER } from '../../../core/errors.ts';

export const authErrors = {
  codeInvalid: defineError({
    code: 'ERR_CODE_INVALID',
    status: 401,
    message: 'This code is wrong, used or expired, or was requested from another address and browser',
  }),
  tooManyCodes: defineError({
    code: 'ERR_TOO_MANY_CODES',
    status: 429,
    message: 'Too many login codes are pending for this address: use one of them, or wait until they expire',
  }),
  loginLocked: defineError<{ retry_after: number }>({
    code: 'ERR_LOGIN_LOCKED',
    status: 429,
    message: ({ retry_after }) =>
      `Too many failed logins from this address${retry_after ? `; try again in ${retry_after} s` : ''}`,
    fields: RETRY_AFTER,
  }),
  webLoginRequired: defineError({
    code: 'ERR_WEB_LOGIN_REQUIRED',
    status: 403,
    message: 'Web login required',
  }),
  userNotFound: defineError({
    code: 'ERR_USER_NOT_FOUND',
    status: 404,
    message: 'No account has this identity',
  }),
  otherPlatform: forbidden.saying('A bot can access only identities of its own platform'),
  untrustedBot: forbidden.saying('Admins and Owners can sign in only through their own bots or those of an Owner'),
  claimInvalid: defineError({
    code: 'ERR_CLAIM_INVALID',
    status: 401,
    message: 'This link is invalid or has expired. The command portal claim-link prints one that works',
  }),
  claimed: notFound.saying('This instance already has an Owner'),
};
