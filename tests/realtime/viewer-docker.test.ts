import { describe, expect, test } from 'bun:test';
import { asking } from '../support/browser-house.ts';
import { eventually } from '../support/waiting.ts';
import { comesBackAfter, daemon, dockerHouse, offered, open, running } from './docker-house.ts';

describe.skipIf(!daemon)('lines to a container', () => {
  test('bring an offer, let who has control drive, and end with a kick', async () => {
    await using house = await dockerHouse();
    const chat = await running(house);
    const bob = await house.given.member(chat);
    const [ada, bobPage] = [await open(house, chat), await open(house, chat, bob)];
    expect(await offered(ada)).toMatchObject({ sdp: expect.stringContaining('v=0'), iceservers: [] });
    await offered(bobPage);
    const socket = await house.dial(chat.owner);
    await socket.join(chat.id);
    await socket.call('control:take', { chat_id: chat.id });
    await eventually(() => ada.drives);
    expect(bobPage.drives).toBe(false);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
    expect(await bobPage.over()).toBe(1000);
    expect(bobPage.ended).toMatchObject({ retry: false });
    expect(ada.closed).toBeUndefined();
    await asking(house, chat.owner, chat).stop();
  }, 60_000);

  test('are there again after a restart of the server', async () => {
    const first = await dockerHouse();
    const chat = await running(first);
    const before = await open(first, chat);
    await offered(before);
    await first.shutDown();
    await eventually(() => before.closed !== undefined);
    expect(before.ended).toMatchObject({ code: 'server', retry: true });
    await using second = await dockerHouse(first.dataDir);
    await eventually(() => second.modules.running.find(chat.id)?.browser !== undefined);
    const after = await open(second, chat);
    expect(await offered(after)).toMatchObject({ sdp: expect.stringContaining('v=0') });
    await asking(second, chat.owner, chat).stop();
  }, 60_000);

  test('come back after a container that was killed', () => comesBackAfter('kill'), 60_000);
});
