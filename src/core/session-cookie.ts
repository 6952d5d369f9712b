import { AppError, unauthenticated } from './errors.ts';

export const SESSION_COOKIE = 'psession';

const TOKEN = /^[\w-]{1,128}$/;
/** No browser sends more cookies of one name than this. */
const TRIED = 5;

/** The session tokens in a Cookie header. Browsers send several after the cookie's domain has changed. */
export function sessionTokensIn(header: string | null | undefined): string[] {
  const values = [...new Bun.CookieMap(header ?? '')]
    .filter(([name]) => name === SESSION_COOKIE)
    .map(([, value]) => value);
  return [...new Set(values)].filter((value) => TOKEN.test(value)).slice(0, TRIED);
}

/** The result of `find` for the first token with a live session. Otherwise throws its error for the last one. */
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
