import { SESSION_COOKIE } from './credentials.ts';

export type CookieSettings = { secure: boolean; sameSite: 'lax' | 'none'; domain: string | undefined };

/** `Set-Cookie` for a session that lasts until `expiresAt`. */
export function sessionCookieHeader(token: string, expiresAt: number, settings: CookieSettings): string {
  return cookie(token, new Date(expiresAt), settings);
}

/** `Set-Cookie` that takes the session's cookie away. */
export function clearedCookieHeader(settings: CookieSettings): string {
  return cookie('', new Date(0), settings);
}

function cookie(value: string, expires: Date, { secure, sameSite, domain }: CookieSettings): string {
  const site = sameSite === 'none' ? 'None' : 'Lax';
  const parts = [
    `${SESSION_COOKIE}=${value}`,
    'HttpOnly',
    'Path=/',
    `SameSite=${site}`,
    `Expires=${expires.toUTCString()}`,
  ];
  if (secure || sameSite === 'none') parts.push('Secure');
  if (domain) parts.push(`Domain=${domain}`);
  return parts.join('; ');
}
