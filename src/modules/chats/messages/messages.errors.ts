import { defineError, forbidden, RETRY_AFTER, TTL } from '../../../core/errors.ts';

export const messageErrors = {
  notModerator: forbidden.saying(
    'Only the chat’s owner, or staff above them, can delete single messages; delete all of your own with delete-mine',
  ),
  mayNotClear: forbidden.saying('Only the chat’s owner may clear it, or an Admin above them'),
  notJoined: defineError({
    code: 'ERR_NOT_JOINED',
    status: 403,
    message: 'Join the chat first, by room:join over the socket',
  }),
  epochMismatch: defineError<{ epoch: number }>({
    code: 'ERR_EPOCH_MISMATCH',
    status: 403,
    message: 'The chat has a new key; seal the message again with it',
    fields: { epoch: { type: 'integer', format: 'int64', description: 'The chat’s current epoch.', example: 7 } },
  }),
  muted: defineError<{ ttl: number }>({
    code: 'ERR_MUTED',
    status: 403,
    message: ({ ttl }) => (ttl ? `You are muted for another ${ttl} s` : 'You are muted'),
    fields: TTL,
  }),
  noRoomKey: defineError({
    code: 'ERR_NO_ROOM_KEY',
    status: 403,
    message: 'This session does not hold the chat’s key yet',
  }),
  invalidEnvelope: defineError({
    code: 'ERR_INVALID_ENVELOPE',
    status: 422,
    message: 'The content is not an envelope: {"v":2,"epoch":…,"ct":"…"} with exactly these keys',
  }),
  rate: defineError<{ retry_after: number }>({
    code: 'ERR_MESSAGE_RATE',
    status: 429,
    message: ({ retry_after }) => `Too many messages${retry_after ? `; try again in ${retry_after} s` : ''}`,
    fields: RETRY_AFTER,
  }),
};
