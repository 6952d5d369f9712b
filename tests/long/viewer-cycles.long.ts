import { expect, test } from 'bun:test';
import type { Seen } from '../neko/control.ts';
import { openHouse } from '../realtime/house.ts';
import { LinePage } from '../realtime/line-house.ts';
import { asking } from '../support/browser-house.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { dockerSettings } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';
import { WebRtcViewer } from '../support/webrtc-viewer.ts';

const daemon = await requireDocker();
const CYCLES = Number(process.env.CYCLES ?? 2000);
const PEOPLE = 8;
/** So often a viewer stays until the picture is there. */
const EACH = 50;

test.skipIf(!daemon)(
  `${CYCLES} times a viewer comes and goes; the picture still comes, and nobody is left`,
  async () => {
    await using house = await openHouse({ env: { PORTAL_LIMITS: 'off', ...dockerSettings(daemon) } });
    const chat = await house.given.chat();
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => house.given.member(chat)));
    expect((await asking(house, chat.owner, chat).start()).status).toBe(200);
    const [container] = (await daemon?.docker.listContainers({ filters: { label: [`portal.chat=${chat.id}`] } })) ?? [];
    const address = Object.values(container?.NetworkSettings.Networks ?? {})[0]?.IPAddress;
    const seen = async () => (await (await fetch(`http://${address}:9090/seen`)).json()) as Seen;

    let begun = 0;
    const comeAndGo = async (who: { token: string }) => {
      for (let cycle = begun++; cycle < CYCLES; cycle = begun++) {
        if (cycle % EACH === 0) {
          await (await WebRtcViewer.watching(house.url, who.token, chat.id)).close();
          continue;
        }
        const page = await new LinePage(house.url, chat.id, who).opened();
        // Some leave at once, some in the middle of the beginning, some with the offer.
        if (cycle % 3 > 0) page.send('signal/request', { video: {}, audio: {} });
        if (cycle % 3 > 1) await page.hears('signal/provide');
        page.close();
      }
    };
    await Promise.all(people.map(comeAndGo));

    const isNobodyThere = async () => (await seen()).sessions.filter(({ profile }) => !profile.is_admin).length === 0;
    await eventually(isNobodyThere, { found: seen });
    const frames = (await seen()).frames;
    const last = await WebRtcViewer.watching(house.url, chat.owner.token, chat.id);
    await eventually(() => last.packets > 20);
    await last.close();
    await eventually(isNobodyThere, { found: seen });
    expect((await seen()).frames).toBeGreaterThan(frames);
    await asking(house, chat.owner, chat).stop();
  },
  120_000 + CYCLES * 400,
);
