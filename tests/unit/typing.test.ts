import { describe, expect, test } from 'bun:test';
import { SECOND_MS } from '../../src/core/durations.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { createTyping } from '../../src/modules/chats/rooms/typing.ts';
import { TestTimers } from '../support/test-timers.ts';

const CHAT = 7;
const BOB = personOfUser(2);
const typist = { person: BOB, ownRoom: 'user:2', socketId: 'tab' };

/** Bob's typing, whose check waits until the test lets it go. */
function checked() {
  const timers = new TestTimers();
  const told: unknown[] = [];
  const typing = createTyping({
    timers,
    voice: { tellOthersAbout: (_chat, _who, _room, _event, payload) => void told.push(payload) },
    crowds: { isCrowd: async () => false },
  });
  const check = Promise.withResolvers<boolean>();
  const began = typing.began(CHAT, typist, () => check.promise);
  const allow = async () => {
    check.resolve(true);
    await began;
    await timers.advance(SECOND_MS);
    return told;
  };
  return { timers, typing, told, allow };
}

describe('typing that is still being checked', () => {
  test('is told once it is allowed', async () => {
    expect(await checked().allow()).toEqual([{ typing: true }]);
  });

  test.each([
    ['a mute in this chat', ({ typing }) => typing.silenced(BOB, CHAT)],
    ['a mute in every chat', ({ typing }) => typing.silenced(BOB)],
    ['the end of its socket', ({ typing }) => typing.left(CHAT, BOB, 'tab')],
    ['a word that it is over', ({ typing }) => typing.stopped(CHAT, typist)],
  ] as [string, (scene: ReturnType<typeof checked>) => void][])('is not told after %s', async (_, act) => {
    const scene = checked();
    act(scene);
    expect(await scene.allow()).toEqual([]);
    await scene.typing.began(CHAT, typist, async () => true);
    expect(scene.told).toEqual([{ typing: true }]);
  });

  test.each([
    ['a mute in another chat', ({ typing }) => typing.silenced(BOB, CHAT + 1)],
    ['a mute of someone else', ({ typing }) => typing.silenced(personOfUser(3))],
    ['the end of another socket', ({ typing }) => typing.left(CHAT, BOB, 'other tab')],
  ] as [string, (scene: ReturnType<typeof checked>) => void][])('is told in spite of %s', async (_, act) => {
    const scene = checked();
    act(scene);
    expect(await scene.allow()).toEqual([{ typing: true }]);
  });
});
