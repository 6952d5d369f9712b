import type { CookieSettings } from '../../../http/cookies.ts';

const NAME = 'plogin';

/** The browser's random id, if it has requested a login code before. */
export function browserOf(request: Request): string | undefined {
  const value = new Bun.CookieMap(request.headers.get('cookie') ?? '').get(NAME);
  return value && /^\w{32}$/.test(value) ? value : undefined;
}

/**
 * Recognizes a browser that requests a login code and then signs in from another address, as phones do. It is not a
 * credential: the code is still needed.
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
