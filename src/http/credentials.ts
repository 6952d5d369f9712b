/** What a caller shows of itself. */
export type Credentials = { token: string | undefined; tokenFromCookie: boolean; apiKey: string | undefined };

export const SESSION_COOKIE = 'psession';

/** Reads session token and API key out of a request's headers; the Authorization header goes before the cookie. */
export function credentialsOf(headers: Headers): Credentials {
  const bearer = /^Bearer ([\w-]{1,128})$/i.exec(headers.get('authorization') ?? '')?.[1];
  const cookie = bearer ? undefined : sessionCookie(headers.get('cookie'));
  return {
    token: bearer ?? cookie,
    tokenFromCookie: cookie !== undefined,
    apiKey: headers.get('x-api-key') ?? undefined,
  };
}

/** The session token in a Cookie header. */
export function sessionCookie(header: string | null | undefined): string | undefined {
  return /(?:^|;\s*)psession=([\w-]{1,128})(?:;|$)/.exec(header ?? '')?.[1];
}
