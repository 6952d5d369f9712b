import { sessionTokensIn } from '../core/session-cookie.ts';

/** What a caller shows of itself. Of several tokens the first counts whose session lives. */
export type Credentials = { tokens: readonly string[]; tokenFromCookie: boolean; apiKey: string | undefined };

/** Reads session token and API key out of a request's headers; the Authorization header goes before the cookie. */
export function credentialsOf(headers: Headers): Credentials {
  const bearer = /^Bearer ([\w-]{1,128})$/i.exec(headers.get('authorization') ?? '')?.[1];
  const tokens = bearer === undefined ? sessionTokensIn(headers.get('cookie')) : [bearer];
  return {
    tokens,
    tokenFromCookie: bearer === undefined && tokens.length > 0,
    apiKey: headers.get('x-api-key') ?? undefined,
  };
}
