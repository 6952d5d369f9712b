import type { Answer } from './caller.ts';
import type { TestPortal } from './portal.ts';

export const MATCH = '/v1/portal/match';

type Who = { token: string };
let tags = 0;

/** A tag that no other test searches by. */
export const newTag = () => `tag${++tags}`;

export const refusal = ({ status, body }: Answer) => [status, body.code, body.field];

/** The calls of matching, to one portal unless another is given. */
export function matchCalls(portal: () => TestPortal) {
  return {
    search: (who: Who, interests: unknown, at = portal()): Promise<Answer> => at.as(who).post(MATCH, { interests }),
    stop: (who: Who, at = portal()) => at.as(who).post(`${MATCH}/dequeue`),
    leave: (who: Who, body: object = {}, at = portal()) => at.as(who).post(`${MATCH}/leave`, body),
    statusOf: async (who: Who, at = portal()) => (await at.as(who).get(`${MATCH}/status`)).body,
  };
}
