import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type LiveHouse, openLiveHouse, plays, press, type Room, says } from '../browser/viewer-house.ts';
import { colourOf } from '../browser/viewers.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { cuttingProxy } from '../support/proxies.ts';
import { eventually } from '../support/waiting.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 60_000;

// What takes the page's own ten seconds. `stage-live-picture.test.ts` has the same with a clock of the test's.
describe.skipIf(!executablePath)('the page of a browser that sends picture and sound, in real time', () => {
  let house: LiveHouse;
  let room: Room;

  beforeAll(async () => {
    house = await openLiveHouse(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
    house.peers.isWalled = false;
    house.peers.isHanging = false;
    await house.peers.paint('red');
  });

  afterEach(() => room.close());

  test('keeps the last picture while none comes, says so, and plays again at once when it is told to', async () => {
    await room.start();
    const page = await room.view(room.mira);
    await plays(page, 'red');
    house.peers.isHanging = true;
    await house.peers.cut(house.peers.viewerIds[0] ?? '');
    await says(page, 'The picture stopped. Trying again.');
    expect(await colourOf(page)).toBe('red');
    await says(page, 'No picture comes');
    house.peers.isHanging = false;
    await press(page, 'Try again');
    await page.locator('#cover').waitFor({ state: 'hidden' });
    await page.locator('#line-bar').waitFor({ state: 'hidden' });
  });

  test('says within ten seconds that the network blocks the video, and what helps', async () => {
    house.peers.isWalled = true;
    await room.start();
    const page = await room.view(room.linus);
    await says(page, 'Your network is blocking the video');
    await page.getByText('Try another network, or switch off a VPN or a strict firewall.').waitFor();
    house.peers.isWalled = false;
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await plays(page, 'red');
    await page.locator('#cover').waitFor({ state: 'hidden' });
  });

  test('is back, with the mouse, when the network has gone from under picture and talk without a word', async () => {
    await room.start();
    await using proxy = await cuttingProxy(house.base);
    const page = await room.view(room.linus, { at: proxy.url });
    await plays(page, 'red');
    await room.giveMouse(page);
    const before = house.peers.viewerIds;
    proxy.stall();
    await house.peers.silence(before[0] ?? '');
    await house.peers.paint('green');
    await plays(page, 'green');
    await page.locator('#line-bar').waitFor({ state: 'hidden' });
    await says(page, 'You have the mouse');
    await page.locator('#screen').click();
    const present = () => house.peers.viewerIds.filter((id) => !before.includes(id));
    await eventually(() => present().some((id) => house.peers.tookFrom(id).some(([what]) => what === 5)));
    room.excuse();
  });
});
