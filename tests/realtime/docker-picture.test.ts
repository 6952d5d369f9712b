import { describe, expect, test } from 'bun:test';
import type { Seen } from '../neko/control.ts';
import { asking, browserPath } from '../support/browser-house.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { dockerSettings } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';
import { WebRtcViewer } from '../support/webrtc-viewer.ts';
import { openHouse } from './house.ts';

const daemon = await requireDocker();
const MUCH = 30;

/** A chat whose browser runs in a container, with a member; and what n.eko sees in there. */
async function stage() {
  const house = await openHouse({ env: dockerSettings(daemon) });
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const asked = asking(house, chat.owner, chat);
  expect((await asked.start()).status).toBe(200);
  const label = [`portal.chat=${chat.id}`];
  const [container] = (await daemon?.docker.listContainers({ filters: { label } })) ?? [];
  const address = Object.values(container?.NetworkSettings.Networks ?? {})[0]?.IPAddress;
  return {
    bob,
    seen: async () => (await (await fetch(`http://${address}:9090/seen`)).json()) as Seen,
    look: (who: { token: string }) => WebRtcViewer.of(house.url, who.token, chat.id),
    watch: (who: { token: string }) => WebRtcViewer.watching(house.url, who.token, chat.id),
    owner: chat.owner,
    kick: () => house.as(chat.owner).post(browserPath(chat, 'kick'), { user_id: bob.id }),
    async [Symbol.asyncDispose]() {
      await asked.stop();
      await house[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!daemon)('a picture out of a container', () => {
  test('ends with a kick, and the others’ goes on', async () => {
    await using at = await stage();
    const [ada, bob] = [await at.watch(at.owner), await at.watch(at.bob)];
    await at.kick();
    const { packets } = bob;
    const others = ada.packets;
    await eventually(() => ada.packets > others + MUCH);
    // What was on its way.
    expect(bob.packets - packets).toBeLessThan(MUCH / 3);
    await eventually(() => bob.isClosed);
    expect((await at.seen()).sessions.map(({ id }) => Number(id.split('.')[0]))).not.toContain(at.bob.id);
    await Promise.all([ada.close(), bob.close()]);
  }, 60_000);

  test('does not come up after a kick in the middle of its beginning', async () => {
    await using at = await stage();
    const ada = await at.watch(at.owner);
    const bob = await at.look(at.bob);
    await bob.answer();
    await at.kick();
    const { packets } = bob;
    const others = ada.packets;
    await eventually(() => ada.packets > others + 3 * MUCH);
    expect(bob.packets - packets).toBeLessThan(MUCH / 3);
    await Promise.all([ada.close(), bob.close()]);
  }, 60_000);
});
