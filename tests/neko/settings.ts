/** What n.eko reads from its environment. */
export type NekoSettings = {
  port: number;
  metrics: boolean;
  apiToken: string;
  cookies: boolean;
  implicitHosting: boolean;
  lockedControls: boolean;
  controlProtection: boolean;
  mercifulReconnect: boolean;
  inactiveCursors: boolean;
  chat: boolean;
  fileTransfer: boolean;
  microphone: boolean;
  screencast: boolean;
  screen: ScreenSize;
  videoIds: string[];
  framesPerSecond: number;
  udpPort: number;
  tcpPort: number;
  addresses: string[];
  iceLite: boolean;
  iceServers: IceServer[];
  /** What n.eko would do with this environment that a careful operator does not want: calls to third parties, and the like. */
  warnings: string[];
};

export type ScreenSize = { width: number; height: number; rate: number };
export type IceServer = { urls: string[]; username?: string; credential?: string };

/** Any of these makes values of version 2 win over the others, and turns the legacy layer on. */
const VERSION_2 = [
  'PASSWORD PASSWORD_ADMIN SCREEN EPR NAT1TO1 TCPMUX UDPMUX IPFETCH ICELITE ICESERVER ICESERVERS LOCKS IMPLICIT_CONTROL',
  'CONTROL_PROTECTION HEARTBEAT_INTERVAL BIND PROXY STATIC PATH_PREFIX CORS DISPLAY VIDEO_CODEC VP8 VP9 AV1 H264 VIDEO',
  'VIDEO_BITRATE MAX_FPS DEVICE AUDIO AUDIO_CODEC AUDIO_BITRATE BROADCAST_PIPELINE BROADCAST_URL FILE_TRANSFER_ENABLED',
]
  .join(' ')
  .split(' ')
  .map((name) => `NEKO_${name}`);

/** What n.eko hands out when it is given no servers. */
const DEFAULT_STUN = 'stun:stun.l.google.com:19302';
const BOOLEANS = new Map([
  ['1', true],
  ['t', true],
  ['true', true],
  ['0', false],
  ['f', false],
  ['false', false],
]);

/**
 * Reads an environment as n.eko 3.1.5 in its image does, whose own defaults are dangerous. The legacy layer, and providers
 * other than `object`, are not modelled: they are refused.
 *
 * @throws Error for an environment that the double does not model
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): NekoSettings {
  const warnings: string[] = [];
  const flag = (name: string, otherwise: boolean) => BOOLEANS.get((env[name] ?? '').toLowerCase()) ?? otherwise;
  refuseUnmodelled(env, flag);

  const iceServers = readJson<IceServer[]>(env.NEKO_WEBRTC_ICESERVERS_FRONTEND, []);
  const hasBackend = readJson<IceServer[]>(env.NEKO_WEBRTC_ICESERVERS_BACKEND, []).length > 0;
  if (iceServers.length === 0 && !hasBackend) {
    iceServers.push({ urls: [DEFAULT_STUN] });
    warnings.push(`viewers are sent to ${DEFAULT_STUN}`);
  }
  const addresses = list(env.NEKO_WEBRTC_NAT1TO1);
  if (addresses.length === 0) warnings.push('asks https://checkip.amazonaws.com for its own address');
  const iceLite = flag('NEKO_WEBRTC_ICELITE', false);
  if (!iceLite) warnings.push('sends STUN requests by itself');
  const pipelines = readJson<Record<string, { fps?: string | number }>>(env.NEKO_CAPTURE_VIDEO_PIPELINES, {});
  const named = Object.keys(pipelines);
  const videoIds = list(env.NEKO_CAPTURE_VIDEO_IDS);

  return {
    port: Number(/:(\d+)$/.exec(env.NEKO_SERVER_BIND ?? ':8080')?.[1] ?? 8080),
    metrics: flag('NEKO_SERVER_METRICS', true),
    apiToken: env.NEKO_SESSION_API_TOKEN ?? '',
    cookies: flag('NEKO_SESSION_COOKIE_ENABLED', false),
    implicitHosting: flag('NEKO_SESSION_IMPLICIT_HOSTING', false),
    lockedControls: flag('NEKO_SESSION_LOCKED_CONTROLS', false) || flag('NEKO_SESSION_CONTROL_PROTECTION', false),
    controlProtection: flag('NEKO_SESSION_CONTROL_PROTECTION', false),
    mercifulReconnect: flag('NEKO_SESSION_MERCIFUL_RECONNECT', true),
    inactiveCursors: flag('NEKO_SESSION_INACTIVE_CURSORS', false),
    chat: flag('NEKO_CHAT_ENABLED', true),
    fileTransfer: flag('NEKO_FILETRANSFER_ENABLED', false),
    microphone: flag('NEKO_CAPTURE_MICROPHONE_ENABLED', true),
    screencast: flag('NEKO_CAPTURE_SCREENCAST_ENABLED', false),
    screen: readScreen(env.NEKO_DESKTOP_SCREEN ?? '1920x1080@60'),
    // With pipelines of one's own, there is none but those.
    videoIds: videoIds.length > 0 ? videoIds : named.length > 0 ? named : ['main'],
    framesPerSecond: Number(pipelines[videoIds[0] ?? named[0] ?? '']?.fps ?? 25) || 25,
    udpPort: Number(env.NEKO_WEBRTC_UDPMUX ?? 0),
    tcpPort: Number(env.NEKO_WEBRTC_TCPMUX ?? 0),
    addresses,
    iceLite,
    iceServers,
    warnings,
  };
}

function refuseUnmodelled(
  env: Readonly<Record<string, string | undefined>>,
  flag: (name: string, otherwise: boolean) => boolean,
): void {
  const old = VERSION_2.filter((name) => env[name] !== undefined);
  if (old.length > 0) throw new Error(`${old.join(', ')}: names of version 2, which turn the legacy layer on`);
  if (flag('NEKO_LEGACY', true)) throw new Error('NEKO_LEGACY is not false: the legacy layer is on by default');
  const provider = env.NEKO_MEMBER_PROVIDER ?? 'multiuser';
  if (provider !== 'object') throw new Error(`NEKO_MEMBER_PROVIDER=${provider}: the double models "object" alone`);
  if (env.NEKO_SERVER_CORS) throw new Error('NEKO_SERVER_CORS is not modelled');
  if (env.NEKO_SERVER_PATH_PREFIX) throw new Error('NEKO_SERVER_PATH_PREFIX moves /health away from the health check');
}

/** `1280x720@30`; what is not one is told in a log and leaves the built-in size. */
function readScreen(text: string): ScreenSize {
  const [, width, height, rate] = /^(\d+)x(\d+)(?:@(\d+))?$/.exec(text) ?? [];
  if (!width || !height) return { width: 1280, height: 720, rate: 30 };
  return { width: Number(width) - (Number(width) % 8), height: Number(height), rate: Number(rate ?? 60) || 60 };
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** n.eko warns of JSON that it cannot read, and goes on without. */
function readJson<Value>(text: string | undefined, otherwise: Value): Value {
  try {
    return text ? (JSON.parse(text) as Value) : otherwise;
  } catch {
    return otherwise;
  }
}
