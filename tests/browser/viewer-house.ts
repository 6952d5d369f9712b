import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { webrtcMedia } from '../neko/webrtc-media.ts';
import type { Chat, Person } from '../support/given.ts';
import { NekoEngine } from '../support/neko-engine.ts';
import { PeerRoom } from '../support/peer-room.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { type ScriptedBrowser, ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually } from '../support/waiting.ts';
import { colourOf, LAN_NAME, openViewers, type ViewerPage, type Viewers } from './viewers.ts';

type ViewOptions = Parameters<Viewers['open']>[3] & {
  /** Another address of the server. */
  at?: string;
  /** The browser makes no sound before a click. Whatever a test asks of a page counts as one, so it is played. */
  isQuiet?: boolean;
  /** In a tab that nobody sees. */
  isBehind?: boolean;
};

export type ViewerHouse = Awaited<ReturnType<typeof openViewerHouse>>;
export type LiveHouse = Awaited<ReturnType<typeof openLiveHouse>>;
export type Room = Awaited<ReturnType<ViewerHouse['room']>>;

/** A portal whose browsers do what the test says, and people who look at them in a real Chromium. */
export async function openViewerHouse(executablePath: string, env: Record<string, string> = {}) {
  const viewers = await openViewers(executablePath);
  return furnish(viewers, new ScriptedEngine(), env);
}

/** As `openViewerHouse`, with browsers that send their picture by WebRTC. */
export async function openLiveHouse(executablePath: string) {
  const viewers = await openViewers(executablePath);
  const peers = await PeerRoom.open(viewers.browser);
  const house = await furnish(viewers, new ScriptedEngine(peers), {});
  return { ...house, peers };
}

/** These run in the page, before its own scripts. */
function stayBehind(): void {
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
}

function waitForClick(): void {
  let isClicked = false;
  addEventListener(
    'pointerdown',
    () => {
      isClicked = true;
    },
    { capture: true },
  );
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = async function () {
    if (!this.muted && !isClicked) throw new DOMException('play() needs a click', 'NotAllowedError');
    await play.call(this);
  };
}

/** Rooms of n.eko's double, with its picture by WebRTC. */
export async function openNekoHouse(executablePath: string) {
  const viewers = await openViewers(executablePath);
  const engine = new NekoEngine({ media: webrtcMedia });
  const portal = await testPortal({ realTime: true, engine });
  const base = portal.listen();
  return {
    portal,
    engine,

    async room() {
      const hall = await openHall(portal, viewers, base);
      return {
        ...hall,
        start: () => startIn(portal, hall),

        /** Watched by Linus, who has the mouse. */
        async driving() {
          await startIn(portal, hall);
          const page = await hall.view(hall.linus);
          await page.locator('[data-live="playing"]').waitFor();
          await hall.giveMouse(page);
          return page;
        },
      };
    },

    async close(): Promise<void> {
      await viewers.close();
      await portal.close();
    },
  };
}

/** A chat with its owner and a member, and their pages. */
async function openHall(portal: TestPortal, viewers: Viewers, base: string) {
  const mira = await portal.given.premium();
  const linus = await portal.given.person();
  const chat: Chat = await portal.given.chat({ owner: mira });
  await portal.given.member(chat, linus);
  const path = `/v1/portal/chats/${chat.id}`;
  const open: ViewerPage[] = [];
  const settle = (settings: object) => portal.as(mira).post(`${path}/config/update`, settings);
  await settle({ allow_control_requests: true });

  async function view(who: Person, { at = base, isQuiet, isBehind, ...options }: ViewOptions = {}): Promise<Page> {
    const viewer = await viewers.open(at, chat, who, {
      ...options,
      async prepare(page) {
        if (isQuiet) await page.addInitScript(waitForClick);
        if (isBehind) await page.addInitScript(stayBehind);
      },
    });
    open.push(viewer);
    return viewer.page;
  }

  return {
    mira,
    linus,
    chat,
    path,
    settle,
    view,

    /** To Linus, who looks at this page. */
    async giveMouse(page: Page): Promise<void> {
      await press(page, 'Ask for the mouse');
      await settle({ implicit_hosting: true });
      await says(page, 'You have the mouse');
      await settle({ implicit_hosting: false });
    },

    /** For what a test breaks on purpose. */
    excuse: () => {
      for (const { seen } of open) seen.complaints.length = 0;
    },

    /** Fails if a page complained, or asked anybody else. */
    async close(): Promise<void> {
      const complaints = open.flatMap(({ seen }) => seen.complaints);
      const requests = open.flatMap(({ seen }) => seen.requests);
      for (const one of open) await one.close();
      await portal.as(mira).post(`${path}/stop`);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !['127.0.0.1', LAN_NAME].includes(new URL(url).hostname))).toEqual([]);
    },
  };
}

async function startIn(portal: TestPortal, { mira, path }: { mira: Person; path: string }): Promise<void> {
  expect(await portal.as(mira).post(`${path}/start`)).toMatchObject({ status: 200 });
}

async function furnish(viewers: Viewers, engine: ScriptedEngine, env: Record<string, string>) {
  const portal = await testPortal({ realTime: true, engine, env });
  const base = portal.listen();
  const [red, green, blue] = await Promise.all([
    viewers.picture('red'),
    viewers.picture('green'),
    viewers.picture('blue'),
  ]);
  const pictures = { red, green, blue };

  return {
    portal,
    engine,
    base,
    pictures,

    async room() {
      const hall = await openHall(portal, viewers, base);

      /** A red picture. */
      async function start(): Promise<ScriptedBrowser> {
        await startIn(portal, hall);
        engine.browser.picture = pictures.red;
        return engine.browser;
      }

      return {
        ...hall,
        start,

        /** Watched by Linus, who has the mouse. */
        async driving(options: ViewOptions = {}) {
          const browser = await start();
          const page = await hall.view(hall.linus, options);
          await shows(page, 'red');
          await hall.giveMouse(page);
          return { browser, page };
        },
      };
    },

    async close(): Promise<void> {
      await viewers.close();
      await portal.close();
    },
  };
}

export const says = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();

export const shows = (page: Page, colour: string) =>
  eventually(async () => (await colourOf(page)) === colour, { found: () => colourOf(page) });

/** A picture of this colour comes by WebRTC. */
export async function plays(page: Page, colour: string): Promise<void> {
  await page.locator('[data-live="playing"]').waitFor();
  await shows(page, colour);
}

export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Waits for input at the browser. */
export const inputsAt = (browser: ScriptedBrowser, count: number) =>
  eventually(() => browser.inputs.length >= count, { found: () => browser.inputs });

/** Keys and texts among the input, written shortly. */
export function keysAt({ inputs }: ScriptedBrowser): string[] {
  return inputs.flatMap((event) => {
    if (event.type === 'text') return [JSON.stringify(event.text)];
    return event.type === 'key' ? [`${event.down ? '+' : '-'}${event.key}`] : [];
  });
}

export async function boxOf(page: Page) {
  const box = await page.locator('#screen').boundingBox();
  if (!box) throw new Error('there is no picture');
  return box;
}
