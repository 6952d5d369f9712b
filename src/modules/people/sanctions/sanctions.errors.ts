import { conflict, defineError, forbidden, notFound } from '../../../core/errors.ts';

export const sanctionErrors = {
  self: defineError({ code: 'ERR_SELF_ACTION', status: 400, message: 'You cannot do this to yourself' }),
  notModerator: forbidden.saying('Only the chat’s owner and staff who outrank them can do this'),
  alreadyBanned: conflict.saying('This user is already banned'),
  endsEarlier: forbidden.saying('Admin access required to shorten a timeout'),
  notLately: notFound.saying('This user has not been in the chat within the last day'),
  notInChat: notFound.saying('This user is not in the chat'),
};
