import { SECOND_MS } from '../core/durations.ts';
import { SESSION_COOKIE } from '../core/session-cookie.ts';

const expiry = (at: Date) => `Expires=${at.toUTCString()}`;
const GONE = expiry(new Date(0));

export type CookieSettings = { secure: boolean; sameSite: 'lax' | 'none'; domain: string | undefined };

/** `Set-Cookie` headers for a session that lasts until `expiresAt`. */
export function sessionCookieHeaders(token: string, expiresAt: number, settings: CookieSettings): string[] {
  return withoutHostOnly(settings, cookie(token, expiry(new Date(expiresAt)), settings));
}

/** `Set-Cookie` headers for a session that the browser keeps for this time, however often the server lengthens it. */
export function strangerCookieHeaders(token: string, maxAgeMs: number, settings: CookieSettings): string[] {
  return withoutHostOnly(settings, cookie(token, `Max-Age=${maxAgeMs / SECOND_MS}`, settings));
}

/** `Set-Cookie` headers that remove the session cookie. */
export function clearedCookieHeaders(settings: CookieSettings): string[] {
  return withoutHostOnly(settings, cookie('', GONE, settings));
}

/** Without this, a host-only cookie from before a domain was configured would still be sent alongside the new one. */
function withoutHostOnly(settings: CookieSettings, header: string): string[] {
  if (settings.domain === undefined) return [header];
  return [cookie('', GONE, { ...settings, domain: undefined }), header];
}

function cookie(value: string, lifetime: string, { secure, sameSite, domain }: CookieSettings): string {
  const site = sameSite === 'none' ? 'None' : 'Lax';
  const parts = [`${SESSION_COOKIE}=${value}`, 'HttpOnly', 'Path=/', `SameSite=${site}`, lifetime];
  if (secure || sameSite === 'none') parts.push('Secure');
  if (domain) parts.push(`Domain=${domain}`);
  return parts.join('; ');
}
