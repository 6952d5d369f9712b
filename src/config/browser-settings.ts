import { KIB, MIB } from '../core/durations.ts';
import { integer, list, oneOf, onOff, openHost, pictureSize, text } from './readers.ts';
import { setting } from './setting.ts';

const most = 1_000_000;
const aDay = 86_400;

/** The shared browser. */
export const browserSettings = {
  engine: setting({
    env: 'PORTAL_BROWSER_ENGINE',
    doc: 'What runs shared browsers. auto: a Chromium of this machine, if there is one. local: the same, and its absence is a fault. none: no shared browsers.',
    read: oneOf('auto', 'local', 'none'),
    default: 'auto' as 'auto' | 'local' | 'none',
  }),
  chromium: setting<string | undefined>({
    env: 'PORTAL_BROWSER_CHROMIUM',
    doc: 'The Chromium to run: the path of chromium-headless-shell, chromium or Chrome.',
    read: text,
    default: undefined,
    defaultDoc: 'looked for in the usual places',
  }),
  sandbox: setting({
    env: 'PORTAL_BROWSER_SANDBOX',
    doc: 'off runs Chromium without its sandbox, so that a page that breaks out of it has the rights of its user.',
    read: onOff,
    default: true,
  }),
  profiles: setting<string | undefined>({
    env: 'PORTAL_BROWSER_PROFILES',
    doc: 'The directory for the profiles of running browsers. They are removed when a browser stops.',
    read: text,
    default: undefined,
    defaultDoc: 'a folder in the system’s temporary one',
  }),
  size: setting({
    env: 'PORTAL_BROWSER_SIZE',
    doc: 'The size of the picture and the most frames per second, as width x height @ frames.',
    read: pictureSize,
    default: '1280x720@30',
  }),
  memory: setting({
    env: 'PORTAL_BROWSER_MEMORY',
    doc: 'The memory that one browser may take, in bytes.',
    read: integer(256 * MIB, 1024 * KIB * MIB),
    default: 2048 * MIB,
  }),
  cpus: setting({
    env: 'PORTAL_BROWSER_CPUS',
    doc: 'The processor cores that one browser may take.',
    read: integer(1, 1024),
    default: 2,
  }),
  idleSeconds: setting({
    env: 'PORTAL_BROWSER_IDLE_SECONDS',
    doc: 'Seconds without a viewer after which a browser stops. The chat is warned a minute before.',
    read: integer(1, 20 * aDay),
    default: 600,
  }),
  maxSeconds: setting({
    env: 'PORTAL_BROWSER_MAX_SECONDS',
    doc: 'Seconds after which a browser stops, watched or not; 0: never. The chat is warned 5 minutes and 1 minute before.',
    read: integer(0, 20 * aDay),
    default: 0,
  }),
  maxRunning: setting({
    env: 'PORTAL_BROWSER_MAX_RUNNING',
    doc: 'The most browsers that run at the same time.',
    read: integer(1, most),
    default: 4,
  }),
  absenceSeconds: setting({
    env: 'PORTAL_BROWSER_ABSENCE_SECONDS',
    doc: 'Seconds without a socket after which the person who drives a browser loses control of it.',
    read: integer(1, aDay),
    default: 60,
  }),
  allowHosts: setting<readonly string[]>({
    env: 'PORTAL_BROWSER_ALLOW_HOSTS',
    doc: 'Hosts of private networks that browsers may open, as host or host:port, separated by commas. All other addresses that are not public are refused.',
    read: list(openHost),
    default: [],
  }),
};
