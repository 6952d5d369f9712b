/** Wire types of strangers and matching, as received. docs/live.md describes the events. */
import type { Static } from '@sinclair/typebox';
import type * as direct from '../modules/chats/direct/direct.model.ts';
import type * as match from '../modules/chats/match/match.model.ts';
import type * as strangers from '../modules/people/strangers/strangers.model.ts';

/** An anonymous session. */
export type StrangerSession = Static<typeof strangers.Arrived>;

/** The other person of a direct chat, as far as one may know them. */
export type MatchPeer = {
  alias: string;
  avatar_url: string | null;
  /** Null if unknown: a resumed chat tells only the alias. */
  is_stranger: boolean | null;
  /** By the address, for strangers only. */
  country_code: string | null;
};

export type DirectEnd = 'left' | 'timeout' | 'expired' | 'blocked';

/** `match:found`: the token, the peer, the shared tags. The token opens the chat to the sessions of this person alone. */
export type MatchFound = {
  chat_id: number;
  token: string;
  peer: MatchPeer;
  interests: string[];
  expires_at: string;
};

/** A direct chat in the status, live or archived. `alias` is the peer's. */
export type DirectChat = Static<typeof direct.DirectState>;

/** `GET /v1/portal/match/status`, and `match:state`. */
export type MatchStatus = Static<typeof match.MatchState>;

/** The answer to a search: waiting, or paired at once. */
export type MatchAnswer =
  | { state: 'searching'; interests: string[]; expires_at: string }
  | { state: 'matched'; token: string; chat_id: number; expires_at: string };

/** Ten interests at most, and only those that several people wait for. */
export type MatchStatistics = Static<typeof match.MatchStatistics>;

/** What a direct chat is opened with. All but the token may be learned later. */
export type DirectTalk = Pick<MatchFound, 'chat_id' | 'token' | 'expires_at'> & Partial<MatchFound & DirectChat>;
