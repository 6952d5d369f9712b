import { badRequest, conflict, rateLimited } from '../../../core/errors.ts';

export const viewerErrors = {
  noLines: conflict.saying('This browser shows its picture by browser:watch, and has no line of its own'),
  tooMany: rateLimited.saying('You watch this browser in as many places as you may: close one first'),
  tooOften: rateLimited.saying('You have opened this browser too often: wait a moment'),
  upgradeOnly: badRequest.saying('This address takes WebSockets only; a proxy may have dropped the Upgrade header'),
};
