import { conflict, defineError, forbidden, notFound } from '../../../core/errors.ts';

export const sanctionErrors = {
  self: defineError({ code: 'ERR_SELF_ACTION', status: 400, message: 'You cannot do this to yourself' }),
  notModerator: forbidden.saying('Only the chat’s owner, or staff above them, may do this'),
  outranked: forbidden.saying('This person’s level does not let you act on them'),
  alreadyBanned: conflict.saying('This person is banned already'),
  endsEarlier: forbidden.saying('Admin access required to let a timeout end earlier'),
  lastOwner: conflict.saying('Nobody else could run the instance: this is its last Owner'),
  direct: conflict.saying('Nobody is muted in a direct chat: either of the two can end it'),
  notLately: notFound.saying('This person has not been in the chat for a day'),
  notInChat: notFound.saying('This person is neither a member of the chat nor in it'),
};
