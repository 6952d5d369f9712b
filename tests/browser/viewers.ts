import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Chat, Person } from '../support/given.ts';
import { FLAGS, type Watched, watch } from './chromium.ts';

/** A person in front of the page that shows a chat's browser. */
export type ViewerPage = { page: Page; seen: Watched; close(): Promise<void> };

export type Viewers = Awaited<ReturnType<typeof openViewers>>;

/** A name of this machine that is none of its own: to browsers, a page from there by plain http is not secure. */
export const LAN_NAME = 'nas.test';

/** A real Chromium in which each person has cookies of their own. */
export async function openViewers(executablePath: string) {
  // Pages of this browser find each other by their addresses, which it hides otherwise.
  const shown = '--disable-features=WebRtcHideLocalIpsWithMdns';
  const args = [...FLAGS, shown, `--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`];
  const browser: Browser = await chromium.launch({ executablePath, args });
  return {
    browser,

    /** The page as this person sees it. `prepare`: before it is opened. */
    async open(
      base: string,
      chat: Pick<Chat, 'id'>,
      who: Pick<Person, 'token'>,
      { prepare, ...options }: BrowserContextOptions & { prepare?: (page: Page) => Promise<void> } = {},
    ) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
      await context.addCookies([{ name: 'psession', value: who.token, url: base, httpOnly: true }]);
      const page = await context.newPage();
      const seen = watch(page);
      await prepare?.(page);
      await page.goto(`${base}/v1/portal/chats/${chat.id}/browser/`);
      return { page, seen, close: () => context.close() } satisfies ViewerPage;
    },

    /** A picture of this colour, as a browser would send it. */
    async picture(colour: string, size = { width: 1280, height: 720 }): Promise<Uint8Array> {
      const page = await browser.newPage({ viewport: size });
      await page.setContent(`<body style="margin: 0; background: ${colour}">`);
      const jpeg = await page.screenshot({ type: 'jpeg', quality: 80 });
      await page.close();
      return jpeg;
    },

    /** The colour in the middle of this picture. */
    async colourOfJpeg(jpeg: Uint8Array): Promise<string> {
      const page = await browser.newPage();
      await page.setContent('<canvas id="picture" width="1280" height="720"></canvas>');
      await page.evaluate(async (base64) => {
        const canvas = document.querySelector('canvas');
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes]));
        canvas?.getContext('2d')?.drawImage(bitmap, 0, 0);
      }, Buffer.from(jpeg).toString('base64'));
      const colour = await colourOf(page);
      await page.close();
      return colour;
    },

    close: () => browser.close(),
  };
}

/** The colour in the middle of the picture: the nearest of these names. */
export async function colourOf(page: Page): Promise<string> {
  const [r = 0, g = 0, b = 0] = await page.locator('#picture').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const video = document.querySelector('video');
    const isVideo = video !== null && !video.hidden && video.videoWidth > 0;
    const [from, width, height] = isVideo
      ? [video, video.videoWidth, video.videoHeight]
      : [canvas, canvas.width, canvas.height];
    // A copy: Chromium complains about pictures that are read again and again.
    const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(from, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
    return [...(copy?.getImageData(0, 0, 1, 1).data ?? [])];
  });
  if (r + g + b < 40) return 'black';
  return r > 128 ? 'red' : g > 100 ? 'green' : b > 128 ? 'blue' : `rgb(${r} ${g} ${b})`;
}
