import { defineError, rateLimited } from '../../../core/errors.ts';

export const matchErrors = {
  unsupportedInterest: defineError<{ field: string }>({
    code: 'ERR_MATCH_UNSUPPORTED_INTEREST',
    status: 400,
    message: ({ field }) => `${field ?? 'An interest'} must be 3 to 12 of the characters a-z and 0-9`,
    fields: {
      field: { type: 'string', description: 'The first field that breaks its rule.', example: 'interests[0]' },
    },
  }),
  alreadySearching: defineError<{ interests: readonly string[]; expires_at: string }>({
    code: 'ERR_MATCH_ALREADY_SEARCHING',
    status: 409,
    message: 'This session is searching already',
    fields: {
      interests: {
        type: 'array',
        items: { type: 'string' },
        description: 'What the search under way is for.',
        example: ['music', 'chess'],
      },
      expires_at: {
        type: 'string',
        format: 'date-time',
        description: 'When the search under way ends.',
        example: '2026-01-31T18:10:00.000Z',
      },
    },
  }),
  slotLimit: defineError({
    code: 'ERR_MATCH_SLOT_LIMIT',
    status: 409,
    message: 'You have as many direct chats and searches as you may have at once: leave one first',
  }),
  tooOften: rateLimited.saying('You search too often'),
};
