import { defineError, forbidden, notFound } from '../../../core/errors.ts';

export const controlErrors = {
  requestsOff: defineError({
    code: 'ERR_CONTROL_REQUESTS_OFF',
    status: 403,
    message: 'This chat takes no requests for control',
  }),
  notGiver: forbidden.saying('Only those who manage the chat may give control to someone'),
  notTaker: forbidden.saying('Only those who manage the chat may take control'),
  notHere: notFound.saying('This person is not in the room'),
};
