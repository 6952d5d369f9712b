import { Elysia } from 'elysia';
import { AppError, accountRequired, levelRequired, unauthenticated } from '../core/errors.ts';
import {
  type BotPrincipal,
  type ClientPrincipal,
  Level,
  type StrangerPrincipal,
  type UserPrincipal,
} from '../core/principal.ts';
import { firstThatLives } from '../core/session-cookie.ts';
import { PendingBody } from './body.plugin.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { pagePlugin } from './page-policy.ts';
import { contextOf, type RequestContext } from './request-context.ts';
import type { RouteTable } from './route-table.ts';
import type { Tier, Tiers } from './tiers.ts';

/** Resolves the sender of a request. */
export type Gatekeeper = {
  /** The session's owner. Throws `ERR_UNAUTHENTICATED`, `ERR_BANNED`, and `ERR_TIMED_OUT` unless `whileTimedOut`. */
  session(token: string | undefined, options?: { whileTimedOut?: boolean }): Promise<UserPrincipal | StrangerPrincipal>;
  /** The bot that holds this key, or undefined. */
  bot(key: string): Promise<BotPrincipal | undefined>;
  /** Counts a call against the bot's own limit. Throws `ERR_BOT_RATE_LIMIT`. */
  countBotCall(bot: BotPrincipal): Promise<void>;
  isPublicKey(key: string): boolean;
};

export type AccessKind = 'open' | 'withPublicKey' | 'reader' | 'guest' | 'signedIn' | 'bot' | 'mod' | 'admin' | 'owner';

/** Kept in the route's `detail`, for the OpenAPI document and the test that checks all routes. */
export type AccessNote = { kind: AccessKind; tier?: Tier; whileTimedOut?: true };
export const ACCESS_NOTE = 'x-portal-access';

type Deps = { gatekeeper: Gatekeeper; tiers: Tiers; routes: RouteTable };
type Hook = { request: Request; body: unknown; route: string };
type Check<P> = (credentials: Credentials, context: RequestContext) => Promise<P>;

/** What is wrong with a session that does not keep a caller with the public key from reading. */
const KEY_SUFFICES = [unauthenticated.code, accountRequired.code];

/**
 * Access rules as one word per route: `signedIn: 'AUTH'` names the rule and the rate tier. They run in `transform`,
 * before validation, so that a 401 takes precedence over a 400.
 */
export function accessPlugin({ gatekeeper, tiers, routes }: Deps) {
  const rule = <P>(kind: AccessKind, tier: Tier, check: Check<P>, note: Pick<AccessNote, 'whileTimedOut'> = {}) => ({
    detail: { [ACCESS_NOTE]: { kind, tier, ...note } satisfies AccessNote } as object,
    async transform({ request, body, route }: Hook): Promise<void> {
      const context = contextOf(request);
      context.route = route;
      if (kind !== 'bot') await tiers.consume(context, tier);
      const principal = await check(credentialsOf(request.headers), context);
      if (principal) context.principal = principal as NonNullable<RequestContext['principal']>;
      routes.refuseUnknownQuery(request, route);
      // A missing body counts as an object without fields. The return value extends Elysia's context.
      if (body === undefined) return { body: {} } as never;
      if (body instanceof PendingBody) return { body: await body.read() } as never;
    },
    resolve: ({ request }: { request: Request }) => ({
      principal: contextOf(request).principal as P,
      context: contextOf(request),
    }),
  });

  const session = (tokens: readonly string[], options: { whileTimedOut?: boolean } = {}) =>
    firstThatLives(tokens, (token) => gatekeeper.session(token, options));

  const user = async (tokens: readonly string[], lowest: Level, whileTimedOut = false): Promise<UserPrincipal> => {
    const principal = await session(tokens, { whileTimedOut });
    if (principal.kind === 'stranger') throw accountRequired();
    if (principal.level < lowest) throw levelRequired(lowest)();
    return principal;
  };

  /** Admits callers with the public key, and those who pass `check`. */
  const reading =
    <P>(check: (tokens: readonly string[]) => Promise<P>): Check<P | ClientPrincipal> =>
    async ({ apiKey, tokens }) => {
      const client = apiKey !== undefined && gatekeeper.isPublicKey(apiKey) ? { kind: 'client' as const } : undefined;
      if (client && tokens.length === 0) return client;
      // With both, the session identifies the caller; that it is over, or a stranger's, does not invalidate the key.
      return check(tokens).catch((error: unknown) => {
        if (client && error instanceof AppError && KEY_SUFFICES.includes(error.errorCode)) return client;
        throw error;
      });
    };

  return new Elysia({ name: 'access' }).use(pagePlugin()).macro({
    /** Anyone, unlimited: for files in memory, of which a page loads many. */
    uncounted: () => ({
      detail: { [ACCESS_NOTE]: { kind: 'open' } satisfies AccessNote } as object,
      transform({ request, route }: Hook): void {
        const context = contextOf(request);
        context.route = route;
        context.isUncounted = true;
      },
    }),
    /** Anyone. */
    open: (tier: Tier) => rule('open', tier, async () => undefined),
    /** Any client of this instance, by its public key. */
    withPublicKey: (tier: Tier) =>
      rule('withPublicKey', tier, async ({ apiKey }) => {
        if (!apiKey || !gatekeeper.isPublicKey(apiKey))
          throw unauthenticated.saying('A valid public key is needed in X-API-Key')();
        return { kind: 'client' as const };
      }),
    /** The public key, or a user's session. */
    reader: (tier: Tier) =>
      rule(
        'reader',
        tier,
        reading((tokens) => user(tokens, Level.User)),
      ),
    /** The public key, or the session of a user or a stranger. */
    guestReader: (tier: Tier) =>
      rule(
        'reader',
        tier,
        reading((tokens) => session(tokens)),
      ),
    /** Anyone with a session, user or stranger. */
    guest: (tier: Tier) => rule('guest', tier, ({ tokens }) => session(tokens)),
    /** As guest, and also for a user who is timed out. */
    guestWhileTimedOut: (tier: Tier) =>
      rule('guest', tier, ({ tokens }) => session(tokens, { whileTimedOut: true }), { whileTimedOut: true }),
    signedIn: (tier: Tier) => rule('signedIn', tier, ({ tokens }) => user(tokens, Level.User)),
    /** As signedIn, and also for a user who is timed out. */
    signedInWhileTimedOut: (tier: Tier) =>
      rule('signedIn', tier, ({ tokens }) => user(tokens, Level.User, true), { whileTimedOut: true }),
    mod: (tier: Tier) => rule('mod', tier, ({ tokens }) => user(tokens, Level.Moderator)),
    admin: (tier: Tier) => rule('admin', tier, ({ tokens }) => user(tokens, Level.Admin)),
    owner: (tier: Tier) => rule('owner', tier, ({ tokens }) => user(tokens, Level.Owner)),
    /** A registered bot. Counted by its key; an unknown key counts against the address. */
    bot: (tier: Tier) =>
      rule('bot', tier, async ({ apiKey }, context) => {
        const principal = apiKey ? await gatekeeper.bot(apiKey) : undefined;
        await tiers.consume(context, tier, principal && `bot:${principal.botId}`);
        if (!principal) throw unauthenticated.saying('A valid bot key is needed in X-API-Key')();
        await gatekeeper.countBotCall(principal);
        return principal;
      }),
  });
}
