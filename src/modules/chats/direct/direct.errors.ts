import { defineError } from '../../../core/errors.ts';

export const directErrors = {
  noActive: defineError({
    code: 'ERR_MATCH_NO_ACTIVE_DIRECT',
    status: 404,
    message: 'You have no live direct chat of this kind',
  }),
};
