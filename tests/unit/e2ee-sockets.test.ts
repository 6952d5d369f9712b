import { describe, expect, test } from 'bun:test';
import { ids, quietRoom } from './e2ee-room.ts';

const ANSWER_MS = 5000;

/** The owner holds the key, with two sockets of one session; then a member comes who lacks it. */
async function twoSockets() {
  const room = await quietRoom();
  const older = await room.enter(room.owner);
  await room.pass(50);
  await room.share(room.owner, ids(room.askedOnce()));
  const younger = await room.enter(room.owner);
  await room.pass(50);
  room.asked();
  const newcomer = await room.member();
  await room.pass(50);
  return { room, older, younger, newcomer };
}

describe('of two sockets of the session that holds the key', () => {
  test('the younger is asked first: the older may be a connection that broke unnoticed', async () => {
    const { room, younger, newcomer } = await twoSockets();
    await using _ = room;
    const asked = room.askedOnce();
    expect(asked).toMatchObject({ socketId: younger.socketId, epoch: 1, generate: false });
    expect(ids(asked)).toEqual([newcomer.sessionId]);
    await room.share(room.owner, [newcomer.sessionId]);
    await room.pass(3 * ANSWER_MS);
    expect(room.asked()).toEqual([]);
    expect(await room.epoch()).toBe(1);
    expect(await room.holders()).toContain(newcomer.sessionId);
  });

  test('the older is asked when the younger is silent, and before any new epoch', async () => {
    const { room, older, younger, newcomer } = await twoSockets();
    await using _ = room;
    await room.enter(newcomer);
    await room.pass(50);
    expect(room.askedOnce().socketId).toBe(younger.socketId);
    await room.pass(ANSWER_MS);
    const asked = room.askedOnce();
    expect(asked).toMatchObject({ socketId: older.socketId, epoch: 1, generate: false });
    expect(ids(asked)).toEqual([newcomer.sessionId]);
    expect(await room.share(room.owner, [newcomer.sessionId])).toMatchObject({ accepted: [newcomer.sessionId] });
    await room.pass(3 * ANSWER_MS);
    expect(await room.epoch()).toBe(1);
  });

  test('both are silent: only then a new epoch begins', async () => {
    const { room, newcomer } = await twoSockets();
    await using _ = room;
    await room.enter(newcomer);
    await room.pass(50);
    await room.pass(ANSWER_MS);
    expect(await room.epoch()).toBe(1);
    await room.pass(ANSWER_MS);
    await room.pass(50);
    expect(await room.epoch()).toBe(2);
  });

  test('the silent one that closes afterwards changes nothing for the one that is being asked', async () => {
    const { room, younger, newcomer } = await twoSockets();
    await using _ = room;
    await room.pass(ANSWER_MS);
    room.asked();
    await younger.leave();
    await room.pass(50);
    expect(room.asked()).toEqual([]);
    expect(await room.share(room.owner, [newcomer.sessionId])).toMatchObject({ accepted: [newcomer.sessionId] });
  });

  test('the next holder is asked only once both were silent', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const younger = await room.enter(room.owner);
    await room.pass(50);
    room.asked();
    const newcomer = await room.member();
    await room.pass(50);
    expect(room.askedOnce().socketId).toBe(younger.socketId);
    await room.pass(ANSWER_MS);
    expect(await room.sessionOf(room.askedOnce().socketId)).toBe(room.owner.sessionId);
    await room.pass(ANSWER_MS);
    await room.pass(50);
    const asked = room.askedOnce();
    expect(await room.sessionOf(asked.socketId)).toBe(second.sessionId);
    expect(ids(asked)).toEqual([newcomer.sessionId]);
    expect(await room.epoch()).toBe(1);
  });
});

test('of two sockets of the session that is to make the key, the older makes it when the younger is silent', async () => {
  await using room = await quietRoom();
  const older = await room.enter(room.owner);
  const younger = await room.enter(room.owner);
  await room.pass(50);
  expect(room.askedOnce()).toMatchObject({ socketId: younger.socketId, generate: true });
  await room.pass(ANSWER_MS);
  const asked = room.askedOnce();
  expect(asked).toMatchObject({ socketId: older.socketId, generate: true, epoch: 1 });
  expect(await room.share(room.owner, ids(asked))).toMatchObject({ accepted: [room.owner.sessionId] });
  expect(await room.epoch()).toBe(1);
});
