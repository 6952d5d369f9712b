import { KIB, MIB } from '../core/durations.ts';
import { dockerHost, type IceServer, iceServers, imageTemplate, mediaHost, portRange } from './browser-readers.ts';
import { integer, list, oneOf, onOff, openHost, pictureSize, text } from './readers.ts';
import { setting } from './setting.ts';

const most = 1_000_000;
const aDay = 86_400;

/** The shared browser. */
export const browserSettings = {
  engine: setting({
    env: 'PORTAL_BROWSER_ENGINE',
    doc: 'What runs shared browsers. docker: a container of n.eko for each chat. local: a Chromium of this machine. auto: Docker if its daemon answers when the server starts, else a Chromium if there is one. none: no shared browsers.',
    read: oneOf('auto', 'docker', 'local', 'none'),
    default: 'auto' as 'auto' | 'docker' | 'local' | 'none',
  }),
  docker: setting({
    env: 'PORTAL_BROWSER_DOCKER',
    doc: 'The Docker daemon, as unix:///path or tcp://host:port.',
    read: dockerHost,
    default: 'unix:///var/run/docker.sock',
    defaultDoc: 'DOCKER_HOST, else unix:///var/run/docker.sock',
    otherEnv: 'DOCKER_HOST',
  }),
  image: setting({
    env: 'PORTAL_BROWSER_IMAGE',
    doc: 'The image of the containers, 3.1.2 or newer. {browser} stands for chromium, firefox, brave or tor-browser.',
    read: imageTemplate,
    default: 'ghcr.io/m1k1o/neko/{browser}:3.1.5',
  }),
  imageUnchecked: setting({
    env: 'PORTAL_BROWSER_IMAGE_UNCHECKED',
    doc: 'on takes an image that does not say in its labels which n.eko it is.',
    read: onOff,
    default: false,
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
  pids: setting({
    env: 'PORTAL_BROWSER_PIDS',
    doc: 'The processes and threads that one container may have.',
    read: integer(100, most),
    default: 1000,
  }),
  ports: setting({
    env: 'PORTAL_BROWSER_PORTS',
    doc: 'The ports for picture and sound of containers, one for each, UDP and TCP, as first-last. Viewers must reach them.',
    read: portRange,
    default: '52000-52015',
  }),
  addresses: setting<readonly string[]>({
    env: 'PORTAL_BROWSER_ADDRESS',
    doc: 'Where viewers reach these ports: addresses or host names, separated by commas. The first one must have an IPv4 address.',
    read: list(mediaHost),
    default: [],
    defaultDoc: 'the host of PORTAL_PUBLIC_URL, else 127.0.0.1',
  }),
  ice: setting<readonly IceServer[]>({
    env: 'PORTAL_BROWSER_ICE',
    doc: 'STUN and TURN servers for viewers, as a JSON list of { urls, username?, credential?, secret? }. With a secret, each viewer gets credentials of their own.',
    read: iceServers,
    default: [],
    defaultDoc: 'none: no third party is asked',
    isSecret: true,
  }),
  unfenced: setting({
    env: 'PORTAL_BROWSER_UNFENCED',
    doc: 'on runs containers although nothing proves that they cannot reach the networks of this machine.',
    read: onOff,
    default: false,
  }),
  fenceTargets: setting<readonly string[] | undefined>({
    env: 'PORTAL_BROWSER_FENCE_TARGETS',
    doc: 'What the proof of the fence tries in the networks of this machine, as host or host:port, separated by commas. This host and another container are tried besides.',
    read: list(openHost),
    default: undefined,
    defaultDoc: 'the metadata address of clouds, and the router where its address is private',
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
  maxRunning: setting<number | undefined>({
    env: 'PORTAL_BROWSER_MAX_RUNNING',
    doc: 'The most browsers that run at the same time.',
    read: integer(1, most),
    default: undefined,
    defaultDoc: '4, with Docker 16',
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
