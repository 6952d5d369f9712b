import { conflict, defineError, forbidden, notFound } from '../../core/errors.ts';

export const chatErrors = {
  notFound: notFound.saying('No such chat'),
  banned: defineError({ code: 'ERR_CHAT_BANNED', status: 403, message: 'You are banned from this chat' }),
  premiumRequired: defineError({
    code: 'ERR_PREMIUM_REQUIRED',
    status: 403,
    message: 'A chat of your own needs a paying tier',
  }),
  slotLimit: defineError({
    code: 'ERR_CHAT_SLOT_LIMIT',
    status: 409,
    message: 'You have as many chats of your own as you may have',
  }),
  slugTaken: defineError({ code: 'ERR_SLUG_TAKEN', status: 409, message: 'Another chat has this slug' }),
  notOwner: forbidden.saying('Only the chat’s owner may do this'),
  notManager: forbidden.saying('Only the chat’s owner, or staff above them, may do this'),
  ownerCannotLeave: conflict.saying('The owner cannot leave: delete the chat or hand it over'),
  notMember: conflict.saying('You are not a member of this chat'),
  archived: defineError({
    code: 'ERR_CHAT_ARCHIVED',
    status: 403,
    message: 'This chat has ended and can only be read',
  }),
};
