import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { ownTimers, type Timers } from '../../src/core/clock.ts';
import type { Desktop } from './desktop.ts';
import { modelledMedia } from './modelled-media.ts';
import { type Fault, NekoServer } from './neko-server.ts';
import type { Media, Peer } from './peer.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';
import { type NekoSettings, readSettings } from './settings.ts';

/** How long the supervisor in the image takes to have a new n.eko answer. */
const BACK_AFTER_MS = 1300;

/** The environment that makes a n.eko safe to have; a test may change some of it. */
export const SAFE_ENV = {
  NEKO_SERVER_BIND: ':8080',
  NEKO_SERVER_METRICS: 'false',
  NEKO_LEGACY: 'false',
  NEKO_MEMBER_PROVIDER: 'object',
  NEKO_SESSION_COOKIE_ENABLED: 'false',
  NEKO_SESSION_IMPLICIT_HOSTING: 'false',
  NEKO_SESSION_LOCKED_CONTROLS: 'false',
  NEKO_SESSION_CONTROL_PROTECTION: 'false',
  NEKO_SESSION_MERCIFUL_RECONNECT: 'true',
  NEKO_CHAT_ENABLED: 'false',
  NEKO_FILETRANSFER_ENABLED: 'false',
  NEKO_CAPTURE_MICROPHONE_ENABLED: 'false',
  NEKO_CAPTURE_WEBCAM_ENABLED: 'false',
  NEKO_DESKTOP_SCREEN: '1280x720@30',
  NEKO_CAPTURE_VIDEO_PIPELINES: '{"main":{"fps":"30","gst_encoder":"vp8enc","show_pointer":false}}',
  NEKO_CAPTURE_VIDEO_IDS: 'main',
  NEKO_WEBRTC_NAT1TO1: '127.0.0.1',
  NEKO_WEBRTC_ICELITE: 'true',
  NEKO_WEBRTC_ICESERVERS_FRONTEND: '[{"urls":["stun:127.0.0.1:9"]}]',
} as const;

export type NekoOptions = {
  /** Default: any that is free. */
  port?: number;
  hostname?: string;
  apiToken?: string;
  /** Beyond {@link SAFE_ENV}. An undefined value takes one away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** The environment is `env` alone. */
  alone?: boolean;
  timers?: Timers;
  /** Default: what the signalling shows of it. */
  media?: (settings: NekoSettings, timers: Timers) => Media;
};

/** A n.eko that runs, and what a test can do to it. */
export type Neko = {
  readonly address: string;
  readonly port: number;
  readonly apiToken: string;
  readonly settings: NekoSettings;
  readonly room: Room;
  readonly desktop: Desktop;
  readonly sessions: readonly Session[];
  session(id: string): Session;
  /** Undefined while it is down. */
  fault: Fault;
  readonly isUp: boolean;
  /** All frames that were ever sent, also of sessions that are gone and of earlier processes. */
  readonly frames: number;
  /** A frame of the data channel, as if this session's page had sent it. */
  input(id: string, bytes: Uint8Array): void;
  /** `kill -9` of n.eko in its container: sockets are cut, all is forgotten, and a new one comes 1.3 s later. */
  kill(): Promise<void>;
  /** Down and up again, with nothing in between. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a n.eko in this process. */
export async function startNeko(options: NekoOptions = {}): Promise<Neko> {
  const apiToken = options.apiToken ?? 'the-token-of-this-room';
  const added = options.alone ? {} : { ...SAFE_ENV, NEKO_SESSION_API_TOKEN: apiToken };
  const settings = readSettings({ ...added, ...options.env });
  const timers = options.timers ?? systemTimers;
  const peers: Peer[] = [];
  let port = options.port ?? 0;
  let life = ownTimers(timers);
  let server = await boot();
  let isUp = true;
  let hasEnded = false;

  async function boot(): Promise<NekoServer> {
    life = ownTimers(timers);
    const media = (options.media ?? modelledMedia)(settings, life);
    const booted = new NekoServer(settings, life, media, port, options.hostname ?? '127.0.0.1', (peer) => {
      peers.push(peer);
    });
    port = booted.port;
    return booted;
  }

  async function end(): Promise<void> {
    if (!isUp) return;
    isUp = false;
    await server.end();
    life.end();
  }

  async function comeBack(): Promise<void> {
    if (hasEnded || isUp) return;
    server = await boot();
    isUp = true;
  }

  const find = (id: string): Session => {
    const session = server.room.find(id);
    if (!session) throw new Error(`There is no session ${id}: ${server.room.sessions.map((one) => one.id).join(', ')}`);
    return session;
  };

  return {
    apiToken,
    settings,
    session: find,
    get port() {
      return port;
    },
    get address() {
      return `http://127.0.0.1:${port}`;
    },
    get room() {
      return server.room;
    },
    get desktop() {
      return server.room.desktop;
    },
    get sessions() {
      return server.room.sessions;
    },
    get fault() {
      return server.fault;
    },
    set fault(fault: Fault) {
      server.fault = fault;
    },
    get isUp() {
      return isUp;
    },
    get frames() {
      return peers.reduce((sum, { frames }) => sum + frames, 0);
    },
    input: (id, bytes) => server.takeData(find(id), bytes),
    async kill() {
      await end();
      timers.after(BACK_AFTER_MS, () => void comeBack());
    },
    async restart() {
      await end();
      await comeBack();
    },
    async stop() {
      hasEnded = true;
      await end();
    },
  };
}
