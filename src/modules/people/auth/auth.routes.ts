import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { type CookieSettings, clearedCookieHeaders, sessionCookieHeaders } from '../../../http/cookies.ts';
import { credentialsOf } from '../../../http/credentials.ts';
import { describe } from '../../../http/describe.ts';
import { contextOf } from '../../../http/request-context.ts';
import { Done } from '../../../wire/models.ts';
import { botErrors } from '../bots/bots.errors.ts';
import type { ClientInfo, Sessions } from '../sessions/sessions.service.ts';
import { accountErrors, userErrors } from '../users/users.errors.ts';
import { authErrors } from './auth.errors.ts';
import {
  BotIdentityBody,
  ClaimBody,
  CodeRequested,
  IdentityBody,
  LoginCode,
  LookedUpUser,
  LookupBody,
  SignedIn,
  VerifyBody,
  Ways,
} from './auth.model.ts';
import type { Auth, Login } from './auth.service.ts';
import { browserCookieHeader, browserOf } from './browser-cookie.ts';
import type { Claim } from './claim.ts';
import type { LoginCodes } from './login-codes.service.ts';
import type { WaysIn } from './ways.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  auth: Auth;
  sessions: Sessions;
  loginCodes: LoginCodes;
  claim: Claim;
  waysIn: WaysIn;
  cookies: CookieSettings;
};

const identity = { platform: 'discord', platform_user_id: '80351110224678912' };
const botIdentity = { ...identity, platform_username: 'ada', platform_avatar_url: 'https://example.com/ada.png' };

export const authRoutes = ({ access, auth, sessions, loginCodes, claim, waysIn, cookies }: Deps) => {
  const signedIn = ({ profile, session }: Login, set: { headers: Record<string, string | number | string[]> }) => {
    set.headers['set-cookie'] = sessionCookieHeaders(session.token, session.expiresAt, cookies);
    return profile;
  };

  return new Elysia({ name: 'auth', prefix: '/v1/authentication', tags: ['Authentication'] })
    .use(access)
    .get('/ways', () => waysIn.list(), {
      withPublicKey: 'PUBLIC',
      response: { 200: Ways },
      detail: describe({
        operationId: 'listWaysIn',
        summary: 'List the ways to sign in',
        description:
          'A platform is listed while an active bot can deliver codes there. Codes from the operator’s command line need no way of their own.',
      }),
    })
    .post('/lookup', ({ body }) => auth.lookup(body.username), {
      withPublicKey: 'LOGIN',
      body: LookupBody,
      response: { 200: LookedUpUser },
      detail: describe({
        operationId: 'lookupUser',
        summary: 'Look up how a user can sign in',
        description: 'Returns the platforms linked to the account, to choose where the login code is delivered.',
        fails: [userErrors.notFound],
        example: { username: 'ada' },
      }),
    })
    .post(
      '/request',
      async ({ body, request, set }) => {
        const asker = { ip: contextOf(request).ip, browser: browserOf(request) };
        const { requested, browser, knownUntil } = await loginCodes.request(body, asker);
        set.headers['set-cookie'] = browserCookieHeader(browser, knownUntil, cookies);
        return requested;
      },
      {
        withPublicKey: 'LOGIN',
        body: IdentityBody,
        response: { 200: CodeRequested },
        detail: describe({
          operationId: 'requestLoginCode',
          setsCookie: true,
          summary: 'Request a login code',
          description:
            'A bot of the platform delivers the code. It works once, from an address or a browser that requested it; a cookie ' +
            'identifies the browser. Another request extends the same code: it expires 10 minutes after the last request or ' +
            'delivery, and after 30 minutes at most.',
          fails: [authErrors.tooManyCodes],
          example: identity,
        }),
      },
    )
    .post(
      '/verify',
      async ({ body, request, set }) =>
        signedIn(await auth.verify(body.code, { ...clientOf(request), browser: browserOf(request) }), set),
      {
        withPublicKey: 'LOGIN',
        body: VerifyBody,
        response: { 200: SignedIn },
        detail: describe({
          operationId: 'verifyLoginCode',
          setsCookie: true,
          summary: 'Sign in with a login code',
          description:
            'Sets the session cookie, also when you execute it on the page at `/docs`: that page is then signed in.',
          fails: [authErrors.codeInvalid, authErrors.loginLocked, accountErrors.banned],
          example: { code: 'aB3dE5fG' },
        }),
      },
    )
    .post(
      '/claim',
      async ({ body, request, set }) =>
        signedIn(await auth.claim(() => claim.isRight(body.token), body.username, clientOf(request)), set),
      {
        withPublicKey: 'LOGIN',
        body: ClaimBody,
        response: { 200: SignedIn },
        detail: describe({
          operationId: 'claimInstance',
          setsCookie: true,
          summary: 'Claim the instance as its first Owner',
          description:
            'The token is part of the link that the server prints when it starts. 404 once there is an Owner.',
          fails: [authErrors.claimInvalid, authErrors.claimed, userErrors.usernameTaken],
          example: { token: 'the-part-behind-the-hash', username: 'ada' },
        }),
      },
    )
    .post(
      '/logout',
      async ({ principal, set }) => {
        await sessions.logout(principal);
        set.headers['set-cookie'] = clearedCookieHeaders(cookies);
        return { message: 'Logged out' };
      },
      {
        guestWhileTimedOut: 'LOGIN',
        response: { 200: Done },
        detail: describe({
          operationId: 'logout',
          setsCookie: true,
          summary: 'Sign out',
          description: 'Ends the session, removes its key and disconnects its sockets.',
        }),
      },
    )
    .post('/bot/login-code', ({ principal, body }) => loginCodes.fetchForBot(principal, body), {
      bot: 'BOT',
      body: BotIdentityBody,
      response: { 200: LoginCode },
      detail: describe({
        operationId: 'fetchLoginCode',
        summary: 'Fetch a pending login code',
        description: 'Codes for Admins and Owners are available only to their own bots and to those of Owners.',
        fails: [authErrors.otherPlatform, authErrors.untrustedBot, botErrors.rateLimit],
        example: botIdentity,
      }),
    })
    .post('/bot/send-code', ({ principal, body }) => loginCodes.sendByBot(principal, body), {
      bot: 'BOT',
      body: BotIdentityBody,
      response: { 200: LoginCode },
      detail: describe({
        operationId: 'sendLoginCode',
        summary: 'Create a login code for a user of the bot',
        description:
          'For existing accounts. The code works from any address, and repeated calls return the same one. Codes for Admins and ' +
          'Owners are available only to their own bots and to those of Owners.',
        fails: [
          authErrors.otherPlatform,
          authErrors.untrustedBot,
          authErrors.userNotFound,
          authErrors.webLoginRequired,
          botErrors.rateLimit,
        ],
        example: botIdentity,
      }),
    });
};

function clientOf(request: Request): ClientInfo {
  const { tokens } = credentialsOf(request.headers);
  return { ip: contextOf(request).ip, userAgent: request.headers.get('user-agent'), tokens };
}
