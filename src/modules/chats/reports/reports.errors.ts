import { conflict, defineError, notFound, rateLimited } from '../../../core/errors.ts';

export const reportErrors = {
  notFound: notFound.saying('There is no such report'),
  decided: conflict.saying('This report has been decided already'),
  tooMany: rateLimited.saying('You have reported many people today; try again later'),
  onHold: defineError({
    code: 'ERR_MATCH_ON_HOLD',
    status: 403,
    message: 'You cannot search at present: a moderator has to decide first',
  }),
};
