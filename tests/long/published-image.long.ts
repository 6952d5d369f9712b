import { expect, test } from 'bun:test';
import { APPS, imageOf } from '../../src/adapters/docker-browser/apps.ts';
import { BROWSERS } from '../../src/ports/browser-engine.ts';
import { openHouse } from '../realtime/house.ts';
import { asking } from '../support/browser-house.ts';
import { somePorts } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';
import { WebRtcViewer } from '../support/webrtc-viewer.ts';

/**
 * n.eko as it is published, on a daemon that has its image or can pull it:
 * `NEKO_TEST_IMAGE='ghcr.io/m1k1o/neko/{browser}:3.1.5' npm run test:long`. Nothing of this machine is published but the ports
 * of picture and sound.
 */
const image = process.env.NEKO_TEST_IMAGE;
const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
const browsers = (process.env.NEKO_TEST_BROWSERS ?? 'chromium')
  .split(',')
  .map((name) => BROWSERS.find((browser) => browser === name.trim()))
  .filter((browser) => browser !== undefined);
const START_URL = 'https://example.com/';
/** A pull may take this long. */
const PATIENCE_MS = 1_200_000;
const WARM_UP_MS = 60_000;

if (!image) console.warn('SKIPPED: NEKO_TEST_IMAGE names no published image of n.eko');

test.skipIf(!image).each(browsers)(
  'a published n.eko with %s shows its picture, lets one person drive, and ends with a kick',
  async (browser) => {
    const ports = somePorts(2);
    await using house = await openHouse({
      env: {
        PORTAL_BROWSER_ENGINE: 'docker',
        PORTAL_BROWSER_DOCKER: host,
        PORTAL_BROWSER_IMAGE: image ?? '',
        PORTAL_BROWSER_ADDRESS: '127.0.0.1',
        PORTAL_BROWSER_PORTS: `${ports.first}-${ports.last}`,
        PORTAL_BROWSER_UNFENCED: 'on',
      },
    });
    console.log(imageOf(image ?? '', browser), APPS[browser].policyFile);
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const owner = house.as(chat.owner);
    const config = { browser_config: { browser, start_url: START_URL } };
    expect((await owner.post(`/v1/portal/chats/${chat.id}/config/update`, config)).status).toBe(200);
    const asked = asking(house, chat.owner, chat);
    expect([200, 202]).toContain((await asked.start()).status);
    // After a pull the start goes on by itself.
    await eventually(() => house.modules.running.find(chat.id) !== undefined, { withinMs: PATIENCE_MS });

    const viewer = await WebRtcViewer.watching(house.url, chat.owner.token, chat.id);
    await eventually(() => viewer.packets > 100, { withinMs: WARM_UP_MS });
    const guest = await WebRtcViewer.watching(house.url, bob.token, chat.id);

    const socket = await house.dial(chat.owner);
    await socket.join(chat.id);
    await socket.call('control:take', { chat_id: chat.id });
    viewer.say('portal/input');
    await eventually(() => viewer.of('control/host').at(-1)?.payload.has_host === true);

    const text = 'von außen: "žltý" 😀';
    expect((await asked.write(text)).status).toBe(200);
    expect((await asked.read()).body).toMatchObject({ text });
    expect((await asked.open('https://example.com/?opened')).status).toBe(200);
    expect((await asked.shot('?quality=80')).status).toBe(200);

    expect((await owner.post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id })).status).toBe(200);
    await eventually(() => guest.isClosed);
    const { packets } = guest;
    await eventually(() => viewer.packets > 0);
    const before = viewer.packets;
    await eventually(() => viewer.packets > before + 50, { withinMs: WARM_UP_MS });
    expect(guest.packets - packets).toBeLessThan(10);
    await Promise.all([viewer.close(), guest.close()]);
    expect((await asked.stop()).status).toBe(200);
  },
  PATIENCE_MS + 180_000,
);
