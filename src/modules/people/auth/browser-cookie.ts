import type { CookieSettings } from '../../../http/cookies.ts';

const NAME = 'plogin';

/** The random name of the browser that asks for login codes; undefined for one that has none. */
export function browserOf(request: Request): string | undefined {
  const value = new Bun.CookieMap(request.headers.get('cookie') ?? '').get(NAME);
  return value && /^\w{32}$/.test(value) ? value : undefined;
}

/**
 * Knows a browser again that asks for a login code and then signs in from another address, as phones do. It is no way in:
 * the code is still needed.
 */
export function browserCookieHeader(browser: string, expiresAt: number, settings: CookieSettings): string {
  return new Bun.Cookie(NAME, browser, {
    path: '/v1/authentication',
    httpOnly: true,
    secure: settings.secure || settings.sameSite === 'none',
    sameSite: settings.sameSite,
    expires: new Date(expiresAt),
  }).serialize();
}
