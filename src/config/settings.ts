import { LOG_LEVELS } from '../core/logger.ts';
import { KIB, MIB } from '../core/units.ts';
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
      doc: 'The address to listen on. 0.0.0.0 for all.',
      read: text,
      default: '127.0.0.1',
    }),
    port: setting({
      env: 'PORTAL_PORT',
      doc: 'The port to listen on. 0 picks a free one.',
      read: integer(0, 65_535),
      default: 7331,
    }),
    dataDir: setting({
      env: 'PORTAL_DATA_DIR',
      doc: 'Where everything that lasts is kept: the database, the instance’s secret, backups, the control socket.',
      read: text,
      default: './data',
    }),
    publicUrl: setting<string | undefined>({
      env: 'PORTAL_PUBLIC_URL',
      doc: 'The address at which people reach this instance. With https, cookies are sent over https alone.',
      read: origin,
      default: undefined,
      defaultDoc: 'http://localhost and the port',
    }),
    allowedOrigins: setting<readonly string[]>({
      env: 'PORTAL_ALLOWED_ORIGINS',
      doc: 'Other origins whose pages may act for signed-in users, separated by commas.',
      read: list(origin),
      default: [],
    }),
    trustProxy: setting<readonly string[]>({
      env: 'PORTAL_TRUST_PROXY',
      doc: 'Addresses or ranges of proxies whose X-Forwarded-For is believed, separated by commas.',
      read: list(addressRange),
      default: [],
    }),
    secret: setting<string | undefined>({
      env: 'PORTAL_SECRET',
      doc: 'The instance’s secret, at least 32 characters. Public key and login codes hang on it.',
      read: secretText,
      default: undefined,
      defaultDoc: 'made at the first start and kept in the data directory',
      isSecret: true,
    }),
    metricsToken: setting<string | undefined>({
      env: 'PORTAL_METRICS_TOKEN',
      doc: 'Opens /metrics to other machines that send it as Authorization: Bearer; the machine itself needs none.',
      read: token,
      default: undefined,
      defaultDoc: 'closed to other machines',
      isSecret: true,
    }),
  },
  database: {
    sync: setting({
      env: 'PORTAL_DATABASE_SYNC',
      doc: 'full: whatever was acknowledged survives a power cut. normal: a power cut may take the last second; saves the disk.',
      read: oneOf('full', 'normal'),
      default: 'full' as 'full' | 'normal',
    }),
  },
  cookie: {
    domain: setting<string | undefined>({
      env: 'PORTAL_COOKIE_DOMAIN',
      doc: 'The domain that the session cookie is for, when pages of sister domains need it.',
      read: domain,
      default: undefined,
      defaultDoc: 'the host alone',
    }),
    sameSite: setting({
      env: 'PORTAL_COOKIE_SAME_SITE',
      doc: 'lax, or none when pages of other sites embed this instance (needs https).',
      read: oneOf('lax', 'none'),
      default: 'lax' as 'lax' | 'none',
    }),
  },
  log: {
    level: setting({
      env: 'PORTAL_LOG_LEVEL',
      doc: 'debug, info, warn or error.',
      read: oneOf(...LOG_LEVELS),
      default: 'info' as (typeof LOG_LEVELS)[number],
    }),
    format: setting<'text' | 'json' | undefined>({
      env: 'PORTAL_LOG_FORMAT',
      doc: 'text or json.',
      read: oneOf('text', 'json'),
      default: undefined,
      defaultDoc: 'text on a terminal, else json',
    }),
  },
  geo: {
    database: setting<string | undefined>({
      env: 'PORTAL_GEO_DATABASE',
      doc: 'A MaxMind database file (.mmdb) that says where addresses are. Nothing is ever looked up elsewhere.',
      read: mmdbFile,
      default: undefined,
      defaultDoc: 'one that knows countries comes with the program',
    }),
  },
  limits: {
    enabled: setting({
      env: 'PORTAL_LIMITS',
      doc: 'off turns every rate limit off: for benchmarks alone.',
      read: onOff,
      default: true,
    }),
    login: setting({
      env: 'PORTAL_LIMIT_LOGIN',
      doc: 'Authentication calls a minute and address.',
      read: integer(1, most),
      default: 20,
    }),
    auth: setting({
      env: 'PORTAL_LIMIT_AUTH',
      doc: 'Calls with a session a minute and address.',
      read: integer(1, most),
      default: 120,
    }),
    admin: setting({
      env: 'PORTAL_LIMIT_ADMIN',
      doc: 'Admin calls a minute and address.',
      read: integer(1, most),
      default: 60,
    }),
    public: setting({
      env: 'PORTAL_LIMIT_PUBLIC',
      doc: 'Public calls a minute and address.',
      read: integer(1, most),
      default: 120,
    }),
    bot: setting({ env: 'PORTAL_LIMIT_BOT', doc: 'Calls a minute and bot.', read: integer(1, most), default: 600 }),
    health: setting({
      env: 'PORTAL_LIMIT_HEALTH',
      doc: 'Calls of / and /health a minute and address.',
      read: integer(1, most),
      default: 60,
    }),
    messages: setting({
      env: 'PORTAL_LIMIT_MESSAGES',
      doc: 'Messages in 10 s of one user in one chat.',
      read: integer(1, most),
      default: 10,
    }),
    messagesTotal: setting({
      env: 'PORTAL_LIMIT_MESSAGES_TOTAL',
      doc: 'Messages in 10 s of one user in all chats.',
      read: integer(1, most),
      default: 20,
    }),
    socketEvents: setting({
      env: 'PORTAL_LIMIT_SOCKET_EVENTS',
      doc: 'Events a minute and session.',
      read: integer(1, most),
      default: 1200,
    }),
    socketsOfSession: setting({
      env: 'PORTAL_LIMIT_SOCKETS_SESSION',
      doc: 'Sockets that one session may have open: tabs of one browser share a session.',
      read: integer(1, most),
      default: 20,
    }),
    socketsOfUser: setting({
      env: 'PORTAL_LIMIT_SOCKETS_USER',
      doc: 'Sockets that one user may have open, in all sessions.',
      read: integer(1, most),
      default: 50,
    }),
    socketsPending: setting({
      env: 'PORTAL_LIMIT_SOCKETS_PENDING',
      doc: 'Connections of one address that may be open without having signed in yet, for which each has 10 s.',
      read: integer(1, most),
      default: 100,
    }),
    pendingCodes: setting({
      env: 'PORTAL_LIMIT_PENDING_CODES',
      doc: 'Login codes that may wait for one address.',
      read: integer(1, most),
      default: 5,
    }),
    failedLogins: setting({
      env: 'PORTAL_LIMIT_FAILED_LOGINS',
      doc: 'Wrong login codes in 10 minutes that lock an address out for 10 minutes.',
      read: integer(1, most),
      default: 10,
    }),
    botLogins: setting({
      env: 'PORTAL_BOT_LOGIN_WEB_REQUIRED_EVERY',
      doc: 'Logins in a row by codes from a bot, until one through the website is due.',
      read: integer(1, most),
      default: 5,
    }),
    bodyBytes: setting({
      env: 'PORTAL_LIMIT_BODY_BYTES',
      doc: 'The largest body and socket event, in bytes.',
      read: integer(KIB, 16 * MIB),
      default: 64 * KIB,
    }),
    socketBufferBytes: setting({
      env: 'PORTAL_LIMIT_SOCKET_BUFFER_BYTES',
      doc: 'What may wait for a client that reads too slowly, in bytes; more disconnects it.',
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
