import { Elysia } from 'elysia';
import { DAY_MS } from '../../../core/durations.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { type CookieSettings, strangerCookieHeaders } from '../../../http/cookies.ts';
import { credentialsOf } from '../../../http/credentials.ts';
import { describe } from '../../../http/describe.ts';
import { contextOf } from '../../../http/request-context.ts';
import { strangerErrors } from './strangers.errors.ts';
import { Arrived } from './strangers.model.ts';
import type { Strangers } from './strangers.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; strangers: Strangers; cookies: CookieSettings };

/** A talk may begin a day after the cookie was set, last a day and be read for another. */
const COOKIE_MS = 3 * DAY_MS;

export const strangersRoutes = ({ access, strangers, cookies }: Deps) =>
  new Elysia({ name: 'strangers', prefix: '/v1/authentication', tags: ['Authentication'] }).use(access).post(
    '/stranger',
    async ({ request, set }) => {
      const { tokens } = credentialsOf(request.headers);
      const client = { ip: contextOf(request).ip, userAgent: request.headers.get('user-agent'), tokens };
      const { arrived, token } = await strangers.arrive(client);
      set.headers['set-cookie'] = strangerCookieHeaders(token, COOKIE_MS, cookies);
      return arrived;
    },
    {
      withPublicKey: 'LOGIN',
      response: { 200: Arrived },
      detail: describe({
        operationId: 'becomeStranger',
        setsCookie: true,
        summary: 'Come without an account',
        description:
          'Opens an anonymous session, for meeting strangers only. It ends 24 hours after the last search or with the archive of ' +
          'the last talk. Called with a live anonymous session, it returns that one and renews its cookie. The cookie replaces ' +
          'that of an account, whose session goes on without it. At the limit of sessions of an address, the one that has been ' +
          'idle longest ends.',
        fails: [strangerErrors.off, strangerErrors.allInUse],
      }),
    },
  );
