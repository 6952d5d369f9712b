import { sessionTokensIn } from '../core/session-cookie.ts';

/** The credentials in a request. Of several tokens, the first with a live session counts. */
export type Credentials = { tokens: readonly string[]; tokenFromCookie: boolean; apiKey: string | undefined };

/** Reads the session token and API key from the headers. Authorization takes precedence over the cookie. */
export function credentialsOf(headers: Headers): Credentials {
  const bearer = /^Bearer ([\w-]{1,128})$/i.exec(headers.get('authorization') ?? '')?.[1];
  const tokens = bearer === undefined ? sessionTokensIn(headers.get('cookie')) : [bearer];
  return {
    tokens,
    tokenFromCookie: bearer === undefined && tokens.length > 0,
    apiKey: headers.get('x-api-key') ?? undefined,
  };
}
