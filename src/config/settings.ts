import { KIB, MIB } from '../core/durations.ts';
import { LOG_LEVELS } from '../core/logger.ts';
import { browserSettings } from './browser-settings.ts';
import {
  addressRange,
  domain,
  integer,
  list,
  mmdbFile,
  oneOf,
  onOff,
  origin,
  secretText,
  text,
  token,
} from './readers.ts';
import { setting } from './setting.ts';

const most = 1_000_000;

/** Every setting. */
export const settings = {
  server: {
    host: setting({
      env: 'PORTAL_HOST',
      doc: 'The address to listen on; 0.0.0.0 or :: for all.',
      read: text,
      default: '127.0.0.1',
    }),
    port: setting({
      env: 'PORTAL_PORT',
      doc: 'The port to listen on; 0 picks a free one.',
      read: integer(0, 65_535),
      default: 7331,
    }),
    dataDir: setting({
      env: 'PORTAL_DATA_DIR',
      doc: 'The directory for all persistent data: the database, the instance’s secret, backups, the control socket.',
      read: text,
      default: './data',
    }),
    publicUrl: setting<string | undefined>({
      env: 'PORTAL_PUBLIC_URL',
      doc: 'The URL at which people reach this instance. With https, cookies are sent over https only.',
      read: origin,
      default: undefined,
      defaultDoc: 'http://localhost and the port',
    }),
    allowedOrigins: setting<readonly string[]>({
      env: 'PORTAL_ALLOWED_ORIGINS',
      doc: 'Other origins whose pages may act on behalf of signed-in users, separated by commas.',
      read: list(origin),
      default: [],
    }),
    trustProxy: setting<readonly string[]>({
      env: 'PORTAL_TRUST_PROXY',
      doc: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For is trusted, separated by commas.',
      read: list(addressRange),
      default: [],
    }),
    secret: setting<string | undefined>({
      env: 'PORTAL_SECRET',
      doc: 'The instance’s secret, at least 32 characters. The public key and login codes depend on it.',
      read: secretText,
      default: undefined,
      defaultDoc: 'created at the first start in the data directory',
      isSecret: true,
    }),
    metricsToken: setting<string | undefined>({
      env: 'PORTAL_METRICS_TOKEN',
      doc: 'Opens /metrics to other machines, which send it as Authorization: Bearer. Local requests need no token unless PORTAL_PUBLIC_URL is set.',
      read: token,
      default: undefined,
      defaultDoc: 'closed to other machines',
      isSecret: true,
    }),
  },
  database: {
    sync: setting({
      env: 'PORTAL_DATABASE_SYNC',
      doc: 'full: acknowledged writes survive a power cut. normal: a power cut may lose the last second; fewer disk syncs.',
      read: oneOf('full', 'normal'),
      default: 'full' as 'full' | 'normal',
    }),
  },
  cookie: {
    domain: setting<string | undefined>({
      env: 'PORTAL_COOKIE_DOMAIN',
      doc: 'The domain of the session cookie, if pages on sibling domains need it.',
      read: domain,
      default: undefined,
      defaultDoc: 'the host alone',
    }),
    sameSite: setting({
      env: 'PORTAL_COOKIE_SAME_SITE',
      doc: 'lax, or none if pages of other sites embed this instance (needs https).',
      read: oneOf('lax', 'none'),
      default: 'lax' as 'lax' | 'none',
    }),
  },
  log: {
    level: setting({
      env: 'PORTAL_LOG_LEVEL',
      doc: 'The lowest level that is logged: debug, info, warn or error.',
      read: oneOf(...LOG_LEVELS),
      default: 'info' as (typeof LOG_LEVELS)[number],
    }),
    format: setting<'text' | 'json' | undefined>({
      env: 'PORTAL_LOG_FORMAT',
      doc: 'The log format: text or json.',
      read: oneOf('text', 'json'),
      default: undefined,
      defaultDoc: 'text on a terminal, else json',
    }),
  },
  geo: {
    database: setting<string | undefined>({
      env: 'PORTAL_GEO_DATABASE',
      doc: 'A MaxMind database file (.mmdb) with the locations of addresses. Nothing is looked up over the network.',
      read: mmdbFile,
      default: undefined,
      defaultDoc: 'a built-in one with countries',
    }),
  },
  match: {
    strangers: setting({
      env: 'PORTAL_STRANGERS',
      doc: 'Whether people may come without an account, to be matched with others by interest.',
      read: onOff,
      default: true,
    }),
    ttlSeconds: setting({
      env: 'PORTAL_MATCH_TTL',
      doc: 'Seconds that a search lasts without an open socket; each socket’s presence renews it.',
      read: integer(1, 86_400),
      default: 600,
    }),
    disconnectGraceSeconds: setting({
      env: 'PORTAL_MATCH_DISCONNECT_GRACE',
      doc: 'Seconds that a search outlives its last socket.',
      read: integer(1, 86_400),
      default: 15,
    }),
    peerGraceSeconds: setting({
      env: 'PORTAL_MATCH_PEER_GRACE',
      doc: 'Seconds that a direct chat outlives the last socket of one of its two participants.',
      read: integer(1, 86_400),
      default: 60,
    }),
    reportHold: setting({
      env: 'PORTAL_MATCH_REPORT_HOLD',
      doc: 'Open reports within 24 hours, by as many people from as many addresses, after which someone cannot search until a moderator has decided; 0: never.',
      read: integer(0, most),
      default: 3,
    }),
  },
  browser: browserSettings,
  limits: {
    enabled: setting({
      env: 'PORTAL_LIMITS',
      doc: 'off disables all rate limits, for benchmarks only.',
      read: onOff,
      default: true,
    }),
    login: setting({
      env: 'PORTAL_LIMIT_LOGIN',
      doc: 'Authentication requests per minute and address.',
      read: integer(1, most),
      default: 20,
    }),
    auth: setting({
      env: 'PORTAL_LIMIT_AUTH',
      doc: 'Requests with a session per minute and address.',
      read: integer(1, most),
      default: 120,
    }),
    admin: setting({
      env: 'PORTAL_LIMIT_ADMIN',
      doc: 'Admin requests per minute and address.',
      read: integer(1, most),
      default: 60,
    }),
    public: setting({
      env: 'PORTAL_LIMIT_PUBLIC',
      doc: 'Public requests per minute and address.',
      read: integer(1, most),
      default: 120,
    }),
    bot: setting({
      env: 'PORTAL_LIMIT_BOT',
      doc: 'Requests per minute and bot.',
      read: integer(1, most),
      default: 600,
    }),
    health: setting({
      env: 'PORTAL_LIMIT_HEALTH',
      doc: 'Requests for / and /health per minute and address.',
      read: integer(1, most),
      default: 60,
    }),
    messages: setting({
      env: 'PORTAL_LIMIT_MESSAGES',
      doc: 'Messages of one user in one chat per 10 s.',
      read: integer(1, most),
      default: 10,
    }),
    messagesTotal: setting({
      env: 'PORTAL_LIMIT_MESSAGES_TOTAL',
      doc: 'Messages of one user in all chats per 10 s.',
      read: integer(1, most),
      default: 20,
    }),
    socketEvents: setting({
      env: 'PORTAL_LIMIT_SOCKET_EVENTS',
      doc: 'Socket events per minute and session.',
      read: integer(1, most),
      default: 1200,
    }),
    socketsOfSession: setting({
      env: 'PORTAL_LIMIT_SOCKETS_SESSION',
      doc: 'Open sockets per session. Tabs of one browser share a session.',
      read: integer(1, most),
      default: 20,
    }),
    socketsOfUser: setting({
      env: 'PORTAL_LIMIT_SOCKETS_USER',
      doc: 'Open sockets per user, over all sessions.',
      read: integer(1, most),
      default: 50,
    }),
    socketsPending: setting({
      env: 'PORTAL_LIMIT_SOCKETS_PENDING',
      doc: 'Open connections per address that have not signed in yet. Each has 10 s to do so.',
      read: integer(1, most),
      default: 100,
    }),
    pendingCodes: setting({
      env: 'PORTAL_LIMIT_PENDING_CODES',
      doc: 'Pending login codes per address.',
      read: integer(1, most),
      default: 5,
    }),
    failedLogins: setting({
      env: 'PORTAL_LIMIT_FAILED_LOGINS',
      doc: 'Wrong login codes within 10 minutes after which an address is locked out for 10 minutes.',
      read: integer(1, most),
      default: 10,
    }),
    botLogins: setting({
      env: 'PORTAL_BOT_LOGIN_WEB_REQUIRED_EVERY',
      doc: 'Consecutive logins by a code from a bot before one through the website is required.',
      read: integer(1, most),
      default: 5,
    }),
    strangers: setting({
      env: 'PORTAL_LIMIT_STRANGERS',
      doc: 'Anonymous sessions per address. At the limit a new one ends the one that has been idle longest.',
      read: integer(1, most),
      default: 20,
    }),
    match: setting({
      env: 'PORTAL_LIMIT_MATCH',
      doc: 'Searches for someone to talk to, per minute and session.',
      read: integer(1, most),
      default: 30,
    }),
    reports: setting({
      env: 'PORTAL_LIMIT_REPORTS',
      doc: 'Reports per day and person; those of anonymous visitors count per address.',
      read: integer(1, most),
      default: 10,
    }),
    bodyBytes: setting({
      env: 'PORTAL_LIMIT_BODY_BYTES',
      doc: 'The maximum size of a request body or socket event, in bytes.',
      read: integer(KIB, 16 * MIB),
      default: 64 * KIB,
    }),
    socketBufferBytes: setting({
      env: 'PORTAL_LIMIT_SOCKET_BUFFER_BYTES',
      doc: 'The maximum buffered for a slow client, in bytes. Beyond it, the client is disconnected.',
      read: integer(64 * KIB, 1024 * MIB),
      default: 4 * MIB,
    }),
  },
};

type Settings = typeof settings;

/** All settings, parsed and frozen, passed on by section. */
export type Config = {
  readonly [S in keyof Settings]: {
    readonly [K in keyof Settings[S]]: Settings[S][K] extends { default: infer T } ? T : never;
  };
};
