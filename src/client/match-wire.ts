/** Wire types of strangers and matching, as received. docs/live.md describes the events. */

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

/** `match:found`. The token opens the chat to the sessions of this person alone. */
export type MatchFound = {
  chat_id: number;
  token: string;
  peer: MatchPeer;
  /** The shared tags. */
  interests: string[];
  expires_at: string;
};

/** A direct chat in the status, live or archived. */
export type DirectChat = {
  chat_id: number;
  token: string;
  /** The peer's. */
  alias: string;
  /** When it ends, or once it is archived, when it is deleted. */
  expires_at: string;
  archived: boolean;
  /** When it ended; null while it is live. */
  ended: string | null;
};

/** `GET /v1/portal/match/status`, and `match:state`. */
export type MatchStatus = {
  state: 'idle' | 'searching' | 'matched';
  interests?: string[];
  token?: string;
  chat_id?: number;
  expires_at?: string;
  chats: DirectChat[];
};

/** The answer to a search: waiting, or paired at once. */
export type MatchAnswer =
  | { state: 'searching'; interests: string[]; expires_at: string }
  | { state: 'matched'; token: string; chat_id: number; expires_at: string };

export type MatchStatistics = {
  online: number;
  searching: number;
  /** Ten at most, and only tags that several people wait for. */
  top_interests: { interest: string; waiting: number }[];
};

/** An anonymous session. */
export type StrangerSession = { alias: string; expires_at: string };

/** What a direct chat is opened with. All but the token may be learned later. */
export type DirectTalk = Pick<MatchFound, 'chat_id' | 'token' | 'expires_at'> & Partial<MatchFound & DirectChat>;
