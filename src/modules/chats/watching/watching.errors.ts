import { defineError, invalid, notFound } from '../../../core/errors.ts';

export const watchingErrors = {
  notHost: defineError({
    code: 'ERR_NOT_HOST',
    status: 403,
    message: 'You do not have control of this browser: ask for it with control:request',
  }),
  nowhere: invalid.saying('Give either an action or a url'),
  noDialog: notFound.saying('This dialog is not open any more'),
};
