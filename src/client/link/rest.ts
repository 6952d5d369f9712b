import { ADMIN, type Admin } from '../api/admin.ts';
import { AUTH, type Auth } from '../api/auth.ts';
import { BOT, BOTS, type Bots, type OwnBot } from '../api/bots.ts';
import { BROWSER, type SharedBrowsers } from '../api/browser.ts';
import { CHATS, type Chats, INVITES, type InviteCalls } from '../api/chats.ts';
import { INSTANCE, type Instance, STATISTICS, type Statistics } from '../api/instance.ts';
import { MATCH, type MatchCalls } from '../api/match.ts';
import { KEYS, type Keys, MESSAGES, type Messages } from '../api/messages.ts';
import { NOTIFICATIONS, type Notifications } from '../api/notifications.ts';
import { type ById, methodOf, type Route } from '../api/route.ts';
import { USERS, type Users } from '../api/users.ts';
import { type RestOptions, RestTransport } from './rest-transport.ts';

/** Every operation of the server, by the group that has it. */
export const ROUTES = {
  auth: AUTH,
  users: USERS,
  chats: CHATS,
  invites: INVITES,
  messages: MESSAGES,
  keys: KEYS,
  browser: BROWSER,
  match: MATCH,
  notifications: NOTIFICATIONS,
  bots: BOTS,
  bot: BOT,
  instance: INSTANCE,
  statistics: STATISTICS,
  admin: ADMIN,
} as const;

/** All methods by the ids that their operations have in `/openapi.json`. */
export type Operations = ById<typeof AUTH, Auth> &
  ById<typeof USERS, Users> &
  ById<typeof CHATS, Chats> &
  ById<typeof INVITES, InviteCalls> &
  ById<typeof MESSAGES, Messages> &
  ById<typeof KEYS, Keys> &
  ById<typeof BROWSER, SharedBrowsers> &
  ById<typeof MATCH, MatchCalls> &
  ById<typeof NOTIFICATIONS, Notifications> &
  ById<typeof BOTS, Bots> &
  ById<typeof BOT, OwnBot> &
  ById<typeof INSTANCE, Instance> &
  ById<typeof STATISTICS, Statistics> &
  ById<typeof ADMIN, Admin>;

/**
 * Every REST operation of the server, one method each: `rest.chats.ban(7, { user_id: 42 })`, or by the id that the operation
 * has at `/docs`: `rest.operations.banFromChat(7, { user_id: 42 })`. A method takes the values of the path, then the body or
 * the query, then {@link CallOptions}. Answers are returned as received, in snake_case, and lists have a `total`; every failure is a
 * PortalError. In a browser the session is the browser's cookie. Elsewhere the token is taken from Set-Cookie and sent with
 * every call that needs a session.
 */
export class PortalRest {
  readonly auth: Auth;
  readonly users: Users;
  readonly chats: Chats;
  readonly invites: InviteCalls;
  readonly messages: Messages;
  readonly keys: Keys;
  readonly browser: SharedBrowsers;
  readonly match: MatchCalls;
  readonly notifications: Notifications;
  readonly bots: Bots;
  /** What a bot does with its own key. */
  readonly bot: OwnBot;
  readonly instance: Instance;
  readonly statistics: Statistics;
  readonly admin: Admin;
  readonly operations: Operations;
  readonly #transport: RestTransport;

  constructor(options: RestOptions) {
    this.#transport = new RestTransport(options);
    const operations: Record<string, unknown> = {};
    const group = <Group>(routes: Readonly<Record<keyof Group, Route>>): Group => {
      const methods: Record<string, unknown> = {};
      for (const [name, route] of Object.entries<Route>(routes)) {
        const method = methodOf(route, this.#transport);
        methods[name] = method;
        operations[route.split(' ')[2] ?? ''] = method;
      }
      return methods as Group;
    };
    this.auth = group<Auth>(AUTH);
    this.users = group<Users>(USERS);
    this.chats = group<Chats>(CHATS);
    this.invites = group<InviteCalls>(INVITES);
    this.messages = group<Messages>(MESSAGES);
    this.keys = group<Keys>(KEYS);
    this.browser = group<SharedBrowsers>(BROWSER);
    this.match = group<MatchCalls>(MATCH);
    this.notifications = group<Notifications>(NOTIFICATIONS);
    this.bots = group<Bots>(BOTS);
    this.bot = group<OwnBot>(BOT);
    this.instance = group<Instance>(INSTANCE);
    this.statistics = group<Statistics>(STATISTICS);
    this.admin = group<Admin>(ADMIN);
    this.operations = operations as Operations;
  }

  /** The instance's address, without a trailing slash. */
  get url(): string {
    return this.#transport.url;
  }

  /** The session token; undefined if not signed in, and always undefined where the browser keeps the cookie. */
  get token(): string | undefined {
    return this.#transport.token;
  }

  get useCookies(): boolean {
    return this.#transport.useCookies;
  }
}
