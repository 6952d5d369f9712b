import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { boxOf, press, says } from '../browser/viewer-house.ts';
import { openViewers, type Viewers } from '../browser/viewers.ts';
import type { Seen } from '../neko/control.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { containersAt, dockerSettings, somePorts } from '../support/docker-engine.ts';
import { testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';

const executablePath = await requireChromium();
const daemon = await requireDocker();
const TIME_LIMIT_MS = 180_000;
const PORTS = somePorts(8);
const START_PAGE = 'https://example.com/';

const containers = async () => (daemon ? containersAt(daemon, PORTS) : []);

/** What n.eko has seen, from inside its container. */
async function lookInside(): Promise<Seen & { id: string }> {
  const [container] = await containers();
  const address = Object.values(container?.NetworkSettings.Networks ?? {})[0]?.IPAddress;
  const seen = (await (await fetch(`http://${address}:9090/seen`)).json()) as Seen;
  return { ...seen, id: container?.Id ?? '' };
}

const typed = ({ happened }: Seen): number[] =>
  happened.flatMap((one) => (one.type === 'key' && one.down ? [one.keysym] : []));

describe.skipIf(!executablePath || !daemon)('an evening in a container', () => {
  let viewers: Viewers;
  beforeAll(async () => {
    viewers = await openViewers(executablePath as string);
  });
  afterAll(() => viewers?.close());

  // A page that found no way in time, on a busy machine, tries again after half a minute.
  const plays = (page: Page) => page.locator('[data-live="playing"]').waitFor({ timeout: TIME_LIMIT_MS / 2 });

  async function clickAndType(page: Page, text: string): Promise<void> {
    const box = await boxOf(page);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.keyboard.type(text);
  }

  test(
    'a browser is started, watched, handed over and typed into, survives a restart of the server, and ends for who is kicked',
    async () => {
      const env = dockerSettings(daemon, PORTS);
      const first = await testPortal({ realTime: true, env });
      const base = first.listen();
      const mira = await first.given.premium('mira');
      const linus = await first.given.person({ username: 'linus' });
      const chat = await first.given.chat({ owner: mira, name: 'Tonight' });
      await first.given.member(chat, linus);
      const settings = { allow_control_requests: true, browser_config: { start_url: START_PAGE, kiosk: true } };
      await first.as(mira).post(`/v1/portal/chats/${chat.id}/config/update`, settings);

      // The owner starts it, and both see its picture.
      const owner = await viewers.open(base, chat, mira);
      const guest = await viewers.open(base, chat, linus);
      await press(owner.page, 'Start the browser');
      for (const { page } of [owner, guest]) await plays(page);
      const atStart = await lookInside();
      expect(atStart).toMatchObject({ startPages: [START_PAGE], isKiosk: true, warnings: [] });

      // One asks, gets the mouse, and types; what the other does is lost.
      await press(guest.page, 'Ask for the mouse');
      await press(owner.page, 'Hand over the mouse to linus');
      await says(guest.page, 'You have the mouse');
      await clickAndType(owner.page, 'x');
      await clickAndType(guest.page, 'Hi');
      const keys = async () => typed(await lookInside());
      await eventually(async () => (await keys()).includes(0x69), { found: keys });
      expect(await keys()).not.toContain(0x78);

      // The server restarts. The container goes on, and so do they, without a reload.
      await first.close({ keep: true });
      await using second = await testPortal({
        realTime: true,
        env: { ...env, PORTAL_PORT: new URL(base).port },
        dataDir: first.dataDir,
      });
      second.listen();
      const shows = (page: Page) => page.locator('video').evaluate((video) => (video as HTMLVideoElement).currentTime);
      for (const { page } of [owner, guest]) {
        await page.locator('[data-line="open"]').waitFor();
        await plays(page);
        const before = await shows(page);
        await eventually(async () => (await shows(page)) > before);
      }
      expect((await lookInside()).id).toBe(atStart.id);

      // A kick ends the view of the one who is kicked, and no one else's.
      await second.as(mira).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: linus.id });
      await says(guest.page, 'You were removed from this chat.');
      expect((await lookInside()).sessions.some(({ id }) => id.startsWith(`${linus.id}.`))).toBe(false);
      await plays(owner.page);

      expect(await second.as(mira).post(`/v1/portal/chats/${chat.id}/stop`)).toMatchObject({ status: 200 });
      expect(await containers()).toEqual([]);
      await owner.close();
      await guest.close();
    },
    TIME_LIMIT_MS,
  );
});
