import { AppError, unauthenticated } from './errors.ts';

export const SESSION_COOKIE = 'psession';

const TOKEN = /^[\w-]{1,128}$/;
/** More of one name than these are nobody's browser. */
const TRIED = 5;

/** The session tokens in a Cookie header. A browser sends several where the cookie's domain was changed. */
export function sessionTokensIn(header: string | null | undefined): string[] {
  const values = [...new Bun.CookieMap(header ?? '')]
    .filter(([name]) => name === SESSION_COOKIE)
    .map(([, value]) => value);
  return [...new Set(values)].filter((value) => TOKEN.test(value)).slice(0, TRIED);
}

/** What `find` gives for the first token of a session that lives. Throws what it throws for the last one. */
export async function firstThatLives<Found>(
  tokens: readonly string[],
  find: (token: string | undefined) => Promise<Found>,
): Promise<Found> {
  for (const token of tokens.slice(0, -1)) {
    try {
      return await find(token);
    } catch (error) {
      if (!(error instanceof AppError) || error.errorCode !== unauthenticated.code) throw error;
    }
  }
  return find(tokens.at(-1));
}
