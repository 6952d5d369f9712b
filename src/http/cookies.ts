import { SESSION_COOKIE } from '../core/session-cookie.ts';

export type CookieSettings = { secure: boolean; sameSite: 'lax' | 'none'; domain: string | undefined };

/** `Set-Cookie` headers for a session that lasts until `expiresAt`. */
export function sessionCookieHeaders(token: string, expiresAt: number, settings: CookieSettings): string[] {
  return withoutHostOnly(settings, cookie(token, new Date(expiresAt), settings));
}

/** `Set-Cookie` headers that remove the session cookie. */
export function clearedCookieHeaders(settings: CookieSettings): string[] {
  return withoutHostOnly(settings, cookie('', new Date(0), settings));
}

/** Without this, a host-only cookie from before a domain was configured would still be sent alongside the new one. */
function withoutHostOnly(settings: CookieSettings, header: string): string[] {
  if (settings.domain === undefined) return [header];
  return [cookie('', new Date(0), { ...settings, domain: undefined }), header];
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
