import { existsSync, readFileSync } from 'node:fs';
import type { Happening } from './desktop.ts';
import type { Fault } from './neko-server.ts';
import type { Profile, State } from './profile.ts';
import type { Neko } from './start-neko.ts';

const OPENED = '/tmp/opened';
const PROGRAMS = '/etc/neko/supervisord';
const POLICIES = [
  '/etc/chromium/policies/managed/policies.json',
  '/etc/brave/policies/managed/policies.json',
  '/usr/lib/firefox/distribution/policies.json',
  '/opt/tor-browser_en-US/Browser/distribution/policies.json',
];
const NAMES = ['chromium', 'brave', 'firefox', 'tor-browser'];

/** What a test learns of a n.eko in a container. */
export type Seen = {
  happened: Happening[];
  keysDown: number[];
  buttonsDown: number[];
  pointer: { x: number; y: number };
  clipboard: string | null;
  sessions: { id: string; profile: Profile; state: State }[];
  hostId: string;
  frames: number;
  warnings: string[];
  fault: Fault;
  userId: number | undefined;
  /** The addresses that the running browser was told to open. */
  opened: string[];
  /** The page that the browser began with, and whether it has no bars. */
  startPages: string[];
  isKiosk: boolean;
};

/** Lets tests see into a container, and spoil things there, at a port that n.eko does not have. */
export function serveControl(neko: Neko, port: number): void {
  Bun.serve({
    port,
    hostname: '0.0.0.0',
    routes: {
      '/seen': () => Response.json(seen(neko)),
      '/fault': {
        POST: async (request) => {
          neko.fault = (await request.json()) as Fault;
          return new Response();
        },
      },
      '/copy': {
        POST: async (request) => {
          neko.desktop.copy(await request.text());
          return new Response();
        },
      },
    },
  });
}

function seen(neko: Neko): Seen {
  const { desktop, room, settings } = neko;
  const policies = POLICIES.map(readIfThere).filter((text) => text !== '');
  const commands = NAMES.map(
    (name) => /^command=(.*(?:\n[ \t]+.*)*)/m.exec(readIfThere(`${PROGRAMS}/${name}.conf`))?.[1],
  );
  return {
    happened: desktop.happened,
    keysDown: desktop.keysDown,
    buttonsDown: desktop.buttonsDown,
    pointer: desktop.pointer,
    clipboard: desktop.clipboard?.text ?? null,
    sessions: room.sessions.map(({ view }) => view),
    hostId: room.hostId,
    frames: neko.frames,
    warnings: settings.warnings,
    fault: neko.fault,
    userId: process.getuid?.(),
    opened: readIfThere(OPENED).split('\n').filter(Boolean),
    startPages: policies.flatMap(pagesOf),
    isKiosk: commands.some((command) => command?.includes('--kiosk')),
  };
}

function pagesOf(text: string): string[] {
  const policies = JSON.parse(text) as {
    RestoreOnStartup?: number;
    RestoreOnStartupURLs?: string[];
    policies?: { Homepage?: { URL?: string; StartPage?: string } };
  };
  const { URL: home, StartPage } = policies.policies?.Homepage ?? {};
  if (home && StartPage === 'homepage') return [home];
  return policies.RestoreOnStartup === 4 ? (policies.RestoreOnStartupURLs ?? []) : [];
}

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
