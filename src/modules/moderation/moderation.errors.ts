import { defineError, forbidden, notFound } from '../../core/errors.ts';

export const moderationErrors = {
  self: defineError({ code: 'ERR_SELF_ACTION', status: 400, message: 'You cannot do this to yourself' }),
  notModerator: forbidden.saying('Only the chat’s owner, or staff above them, may do this'),
  outranked: forbidden.saying('This person’s level does not let you act on them'),
  notInChat: notFound.saying('This person is neither a member of the chat nor in it'),
};
