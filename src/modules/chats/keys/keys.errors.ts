import { conflict, defineError, forbidden } from '../../../core/errors.ts';

export const e2eeErrors = {
  notAsked: forbidden.saying('This session was not asked to make the chat’s key'),
  selfMissing: defineError({
    code: 'ERR_KEY_NOT_SEALED_FOR_SELF',
    status: 400,
    message: 'A session that makes a chat key must seal it for itself too',
  }),
  noSessionKey: defineError({
    code: 'ERR_NO_SESSION_KEY',
    status: 403,
    message: 'Register this session’s public key first',
  }),
  /** Reasons for refusing one recipient's blob. */
  badBlob: defineError({
    code: 'ERR_INVALID_KEY_BLOB',
    status: 400,
    message: 'A key blob is base64 of exactly 72 bytes',
  }),
  noRecipient: defineError({
    code: 'ERR_NO_RECIPIENT',
    status: 404,
    message: 'This session is not in the chat or has no key',
  }),
  tooEarly: forbidden.saying('The history is closed, and this session joined after messages were sent under this key'),
  keyChanged: conflict.saying('This session has another key by now'),
  refused: conflict.saying('This session could not open the key that you sealed for it'),
  present: defineError({
    code: 'ERR_KEY_EXISTS',
    status: 409,
    message: 'This session holds the key of this epoch already',
  }),
};
