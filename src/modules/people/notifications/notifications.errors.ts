import { defineError } from '../../../core/errors.ts';

export const notificationErrors = {
  notFound: defineError({ code: 'ERR_NOTIFICATION_NOT_FOUND', status: 404, message: 'You have no such notification' }),
  alreadyRead: defineError({
    code: 'ERR_NOTIFICATION_ALREADY_READ',
    status: 409,
    message: 'This notification has already been read',
  }),
};
