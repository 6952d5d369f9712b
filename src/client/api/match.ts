import type { Static } from '@sinclair/typebox';
import type * as match from '../../modules/chats/match/match.model.ts';
import type * as reports from '../../modules/chats/reports/reports.model.ts';
import type { MatchAnswer, MatchStatistics, MatchStatus } from '../match-wire.ts';
import type { Done } from '../wire.ts';
import type { Body, CallOptions, Route } from './route.ts';

/** One to three tags. */
export type MatchBody = Body<Static<typeof match.EnqueueBody>>;
export type LeaveMatchBody = Body<Static<typeof match.LeaveBody>>;
export type PeerReport = Body<Static<typeof reports.ReportBody>>;

/** Searching for people. `Match.find` also waits, and opens the chat. */
export interface MatchCalls {
  /** Searches for someone who shares one of these tags. */
  start(body: MatchBody, options?: CallOptions): Promise<MatchAnswer>;
  /** Ends the search, if there is one. */
  stop(options?: CallOptions): Promise<Done>;
  /** The search and the direct chats, archived ones included. */
  status(options?: CallOptions): Promise<MatchStatus>;
  /** Ends a direct chat, or the only one. `ERR_MATCH_NO_ACTIVE_DIRECT` if none is live. */
  leave(body?: LeaveMatchBody, options?: CallOptions): Promise<Done>;
  /** Reports the other person of a direct chat. The two never meet again. */
  report(body: PeerReport, options?: CallOptions): Promise<Done>;
  /** How many people search, and for what. */
  statistics(options?: CallOptions): Promise<MatchStatistics>;
}

export const MATCH = {
  start: 'POST /v1/portal/match startMatch body',
  stop: 'POST /v1/portal/match/dequeue stopMatch again',
  status: 'GET /v1/portal/match/status getMatchStatus',
  leave: 'POST /v1/portal/match/leave leaveDirectChat body',
  report: 'POST /v1/portal/match/report reportPeer body again',
  statistics: 'GET /v1/portal/match/statistics getMatchStatistics public',
} as const satisfies Record<keyof MatchCalls, Route>;
