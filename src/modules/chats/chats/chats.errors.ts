import { badRequest, conflict, defineError, forbidden, notFound } from '../../../core/errors.ts';

const premiumRequired = defineError({
  code: 'ERR_PREMIUM_REQUIRED',
  status: 403,
  message: 'A chat of your own needs a paying tier',
});

export const chatErrors = {
  notFound: notFound.saying('No such chat'),
  banned: defineError({ code: 'ERR_CHAT_BANNED', status: 403, message: 'You are banned from this chat' }),
  premiumRequired,
  slotLimit: defineError<{ limit: number }>({
    code: 'ERR_CHAT_SLOT_LIMIT',
    status: 409,
    message: ({ limit }) =>
      `You have reached your limit of chats${limit ? ` (${limit})` : ''}: delete one to create another`,
    fields: { limit: { type: 'integer', format: 'int32', description: 'How many chats you may own.', example: 1 } },
  }),
  slugTaken: defineError({ code: 'ERR_SLUG_TAKEN', status: 409, message: 'Another chat has this slug' }),
  notOwner: forbidden.saying('Only the chat’s owner may do this'),
  notManager: forbidden.saying('Only the chat’s owner, or staff above them, may do this'),
  ownerOutranks: forbidden.saying('The level of the chat’s owner does not let you act on it'),
  officialForOwners: forbidden.saying(
    'Owner access required to make a chat official, to end that, or to change its slug',
  ),
  publicNeedsPremium: premiumRequired.saying('The owner of a public chat needs a paying tier'),
  officialSlug: conflict.saying('Only platform Owners can change the slug of an official chat'),
  noChange: badRequest.saying('Name at least one field that can be changed here'),
  ownsAlready: conflict.saying('This user owns the chat already'),
  heirNotActive: conflict.saying('This user is banned or timed out and cannot be given a chat'),
  noOwner: conflict.saying('There is no Owner to whom the chat could belong: portal owner create makes one'),
  notAnOwner: forbidden.saying('An official chat belongs to an Owner of the platform'),
  direct: defineError({ code: 'ERR_DIRECT_CHAT', status: 409, message: 'A direct chat has nothing of this kind' }),
  ownerCannotLeave: conflict.saying('The owner cannot leave: delete the chat or hand it over'),
  notMember: conflict.saying('You are not a member of this chat'),
  archived: defineError({
    code: 'ERR_CHAT_ARCHIVED',
    status: 403,
    message: 'This chat has ended and can only be read',
  }),
};
