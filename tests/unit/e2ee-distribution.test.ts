import { describe, expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import { type Person, principalOf } from '../support/given.ts';
import { BLOB, ids, quietRoom, sorted } from './e2ee-room.ts';

const sessionsOf = (...people: Person[]) => sorted(people.map(({ sessionId }) => sessionId));

describe('who is asked for the key', () => {
  test('the first in a room makes it, for themselves and for all members, also those who are away', async () => {
    await using room = await quietRoom();
    const away = await room.member();
    await room.enterAll(room.owner);
    const asked = room.askedOnce();
    expect(asked).toMatchObject({ chat_id: room.chatId, epoch: 1, generate: true });
    expect(ids(asked)).toEqual([room.owner.sessionId, away.sessionId]);
  });

  test('five who come within 50 ms are one request', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const five: Person[] = [];
    // Accounts of their own, and no members yet: members who are away would have been brought the key before.
    for (let count = 0; count < 5; count++) five.push(await room.portal.given.admin());
    for (const person of five) await room.register(person);
    for (const person of five) {
      await room.enter(person, Level.Admin);
      await room.pass(9);
    }
    expect(room.asked()).toEqual([]);
    await room.pass(5);
    const asked = room.askedOnce();
    expect(asked.generate).toBe(false);
    expect(sorted(ids(asked))).toEqual(sessionsOf(...five));
  });

  test('the holder who has been here longest is asked first; one who is silent for 5 s is passed over', async () => {
    await using room = await quietRoom();
    const [second, third] = [await room.member(), await room.member()];
    await room.begin(room.owner, second, third);
    const newcomer = await room.portal.given.session(room.owner);
    await room.register({ ...room.owner, ...newcomer });
    await room.pass(50);
    const first = room.askedOnce();
    expect(await room.sessionOf(first.socketId)).toBe(room.owner.sessionId);
    await room.pass(4900);
    expect(room.asked()).toEqual([]);
    await room.pass(150);
    const next = room.askedOnce();
    expect(await room.sessionOf(next.socketId)).toBe(second.sessionId);
    expect(ids(next)).toEqual([newcomer.sessionId]);
    expect(await room.epoch()).toBe(1);
  });

  test('one who was silent and answers after all is asked again, while another is still at it', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const ada = await room.member();
    await room.pass(50);
    expect(await room.sessionOf(room.askedOnce().socketId)).toBe(room.owner.sessionId);
    await room.pass(5050);
    expect(await room.sessionOf(room.askedOnce().socketId)).toBe(second.sessionId);
    const bob = await room.member();
    await room.pass(50);
    // One is silent, the other busy.
    expect(room.asked()).toEqual([]);

    await room.share(room.owner, []);
    await room.pass(50);
    const again = room.askedOnce();
    expect(await room.sessionOf(again.socketId)).toBe(room.owner.sessionId);
    expect(ids(again)).toEqual([bob.sessionId]);
    expect(ids(again)).not.toContain(ada.sessionId);
  });

  test('recipients that a distributor leaves out are asked of the next one; left out by all, nobody is bothered again', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const [ada, bob] = [await room.member(), await room.member()];
    await room.pass(50);
    expect(sorted(ids(room.askedOnce()))).toEqual(sessionsOf(ada, bob));
    await room.share(room.owner, [ada.sessionId]);
    await room.pass(50);
    const next = room.askedOnce();
    expect(await room.sessionOf(next.socketId)).toBe(second.sessionId);
    expect(ids(next)).toEqual([bob.sessionId]);
    // An empty share says: I am here, and will not.
    expect(await room.share(second, [])).toEqual({ accepted: [], rejected: [] });
    await room.pass(60_000);
    expect(room.asked()).toEqual([]);
    expect(await room.epoch()).toBe(1);
  });

  test('one who waits in the room is asked for again when all have left them out, each time later', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const ada = await room.portal.given.admin();
    await room.register(ada);
    await room.enter(ada, Level.Admin);
    await room.pass(50);
    for (const pause of [5000, 10_000, 20_000]) {
      expect(ids(room.askedOnce())).toEqual([ada.sessionId]);
      await room.share(room.owner, []);
      await room.pass(50);
      await room.pass(pause - 100);
      expect(room.asked()).toEqual([]);
      await room.pass(200);
    }
    await room.share(room.owner, ids(room.askedOnce()));
    await room.pass(10 * 60_000);
    expect(room.asked()).toEqual([]);
    expect(await room.epoch()).toBe(1);
  });

  test('all holders are silent: a new epoch, and who answers is asked to make its key', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const newcomer = await room.member();
    await room.enter(newcomer);
    await room.pass(10_400);
    expect(room.told('room:epoch_changed')).toEqual([{ chat_id: room.chatId, epoch: 2, reason: 'lost' }]);
    const last = room.asked().at(-1);
    expect(last).toMatchObject({ epoch: 2, generate: true });
    expect(await room.sessionOf(String(last?.socketId))).toBe(newcomer.sessionId);
    expect(sorted(last ? ids(last) : [])).toEqual(sessionsOf(room.owner, second, newcomer));
    expect(await room.holders()).toEqual([]);
  });

  test('nobody online holds the key of an epoch that has blobs: a new epoch', async () => {
    await using room = await quietRoom();
    await room.enterAll(room.owner);
    await room.share(room.owner, [room.owner.sessionId]);
    await room.pass(50);
    const later = await room.portal.given.person();
    await room.portal.given.member({ id: room.chatId }, later);
    await room.portal.adapters.presence.clear(room.chatId);
    await room.register(later);
    room.asked();
    await room.enterAll(later);
    expect(room.told('room:epoch_changed')).toMatchObject([{ epoch: 2, reason: 'lost' }]);
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ epoch: 2, generate: true });
  });

  test('nobody holds the key of an epoch that was spoken under: a new epoch', async () => {
    await using room = await quietRoom();
    const { modules } = room.portal;
    await room.begin(room.owner);
    const envelope = JSON.stringify({ v: 2, epoch: 1, ct: `${'A'.repeat(56)}` });
    await modules.messages.send(principalOf(room.owner), room.chatId, envelope);
    await room.portal.adapters.presence.clear(room.chatId);
    // Their session ends, and the last blob with it.
    await modules.sessions.logout(principalOf(room.owner));
    expect(await room.holders()).toEqual([]);
    const later = await room.member();
    await room.enterAll(later);
    await room.pass(50);
    expect(await room.epoch()).toBe(2);
    expect(room.asked().at(-1)).toMatchObject({ epoch: 2, generate: true });
  });

  test('an epoch that nobody has used is not thrown away: its key is made now', async () => {
    await using room = await quietRoom();
    const { leave } = await room.enter(room.owner);
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ epoch: 1, generate: true });
    await leave();
    const second = await room.member();
    await room.enterAll(second);
    const asked = room.askedOnce();
    expect(asked).toMatchObject({ epoch: 1, generate: true });
    expect(await room.sessionOf(asked.socketId)).toBe(second.sessionId);
    // The session asked before may no longer make it.
    await room.enter(room.owner);
    expect(await room.share(room.owner, [room.owner.sessionId])).toMatchObject({ refused: 'ERR_FORBIDDEN' });
    expect(await room.holders()).toEqual([]);
  });

  test('a member who was let in by an invite is brought the key before they come into the room', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const guest = await room.portal.given.person();
    await room.register(guest);
    const { code } = await room.portal.modules.invites.create(principalOf(room.owner), room.chatId, {});
    await room.portal.modules.invites.resolve(principalOf(guest), code);
    await room.pass(50);
    expect(ids(room.askedOnce())).toEqual([guest.sessionId]);
    await room.share(room.owner, [guest.sessionId]);
    expect((await room.enter(guest)).reply.key).toMatchObject({ blob: BLOB, sender_session_id: room.owner.sessionId });
  });

  test('a chat that nobody is in asks nobody, and moves to no new epoch', async () => {
    await using room = await quietRoom();
    const { leave } = await room.enter(room.owner);
    await room.pass(50);
    await room.share(room.owner, ids(room.askedOnce()));
    await leave();
    await room.member();
    await room.pass(60_000);
    expect(room.asked()).toEqual([]);
    expect(await room.epoch()).toBe(1);
  });
});

describe('who comes into a room whose key is settled', () => {
  test('is asked for alone, and whoever was added while nobody was there is asked for with them', async () => {
    await using room = await quietRoom();
    const { leave } = await room.enter(room.owner);
    await room.pass(50);
    await room.share(room.owner, ids(room.askedOnce()));
    await leave();
    const guest = await room.portal.given.person();
    await room.register(guest);
    const { code } = await room.portal.modules.invites.create(principalOf(room.owner), room.chatId, {});
    await room.portal.modules.invites.resolve(principalOf(guest), code);
    await room.enterAll(room.owner);
    expect(room.asked()).toEqual([]);
    const admin = await room.portal.given.admin();
    await room.register(admin);
    await room.enter(admin, Level.Admin);
    await room.pass(50);
    expect(sorted(ids(room.askedOnce()))).toEqual(sessionsOf(guest, admin));
  });

  test('is brought the key also when they left and came back before the distributor answered', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const admin = await room.portal.given.admin();
    await room.register(admin);
    const { leave } = await room.enter(admin, Level.Admin);
    await room.pass(50);
    expect(ids(room.askedOnce())).toEqual([admin.sessionId]);
    await leave();
    await room.enter(admin, Level.Admin);
    await room.share(room.owner, []);
    await room.pass(50);
    expect(ids(room.askedOnce())).toEqual([admin.sessionId]);
  });

  test('is not asked for twice while a distributor is at it', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const second = await room.member();
    await room.pass(50);
    await room.share(room.owner, ids(room.askedOnce()));
    const admin = await room.portal.given.admin();
    await room.register(admin);
    await room.enter(admin, Level.Admin);
    await room.pass(50);
    expect(ids(room.askedOnce())).toEqual([admin.sessionId]);
    await room.enter(admin, Level.Admin);
    await room.enter(second);
    await room.pass(1000);
    expect(room.asked()).toEqual([]);
  });
});

describe('many recipients', () => {
  test('one request names 256 at most; the rest is asked of the next holder at once', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const away = await room.strangersToTheRoom(300);
    room.lookAgain();
    await room.pass(50);
    const [first, next, ...more] = room.asked();
    if (!first || !next) throw new Error('not two requests');
    expect([first.recipients.length, next.recipients.length, more.length]).toEqual([256, 44, 0]);
    expect(await room.sessionOf(first.socketId)).toBe(room.owner.sessionId);
    expect(await room.sessionOf(next.socketId)).toBe(second.sessionId);
    expect(sorted([...ids(first), ...ids(next)])).toEqual(away);
  });

  test('a single holder gets the rest once it has answered', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const away = await room.strangersToTheRoom(300);
    room.lookAgain();
    await room.pass(50);
    const first = room.askedOnce();
    expect((await room.share(room.owner, ids(first))).accepted).toHaveLength(256);
    await room.pass(50);
    const rest = room.askedOnce();
    expect(sorted([...ids(first), ...ids(rest)])).toEqual(away);
    await room.share(room.owner, ids(rest));
    await room.pass(60_000);
    expect(room.asked()).toEqual([]);
    expect(await room.holders()).toHaveLength(301);
  });

  test('whoever makes a key makes it for 256 and comes first; then it is a holder like any other', async () => {
    await using room = await quietRoom();
    const away = await room.strangersToTheRoom(300);
    await room.enterAll(room.owner);
    const made = room.askedOnce();
    expect(made).toMatchObject({ generate: true });
    expect(ids(made)[0]).toBe(room.owner.sessionId);
    expect(made.recipients).toHaveLength(256);
    await room.share(room.owner, ids(made));
    await room.pass(50);
    const rest = room.askedOnce();
    expect(rest.generate).toBe(false);
    expect(sorted([...ids(made).slice(1), ...ids(rest)])).toEqual(away);
  });
});

describe('comings and goings', () => {
  test('of two tabs one is asked; when that one closes, the other is asked at once', async () => {
    await using room = await quietRoom();
    const first = await room.enter(room.owner);
    const second = await room.enter(room.owner);
    await room.pass(50);
    expect(room.askedOnce().socketId).toBe(second.socketId);
    await second.leave();
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ socketId: first.socketId, generate: true, epoch: 1 });
  });

  test('of two tabs the one that was not asked closes: the other is not asked again', async () => {
    await using room = await quietRoom();
    const first = await room.enter(room.owner);
    await room.enter(room.owner);
    await room.pass(50);
    room.askedOnce();
    await first.leave();
    await room.pass(4000);
    expect(room.asked()).toEqual([]);
  });

  test('a distributor that leaves is replaced at once, and may be asked anew when it is back', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    const visit = await room.enter(room.owner);
    await room.enterAll(second);
    const made = room.asked().at(-1);
    await room.share(room.owner, made ? ids(made) : []);
    await room.pass(50);
    const newcomer = await room.member();
    await room.pass(50);
    room.asked();
    await visit.leave();
    await room.pass(50);
    expect(await room.sessionOf(room.askedOnce().socketId)).toBe(second.sessionId);
    await room.enter(room.owner);
    await room.pass(5050);
    const again = room.askedOnce();
    expect(await room.sessionOf(again.socketId)).toBe(room.owner.sessionId);
    expect(ids(again)).toEqual([newcomer.sessionId]);
    expect(await room.epoch()).toBe(1);
  });

  test('who is asked to make a key and says nothing is passed over, and comes too late afterwards', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.enterAll(room.owner, second);
    expect(await room.sessionOf(room.askedOnce().socketId)).toBe(room.owner.sessionId);
    await room.pass(5050);
    const next = room.askedOnce();
    expect(next).toMatchObject({ epoch: 1, generate: true });
    expect(await room.sessionOf(next.socketId)).toBe(second.sessionId);
    const mine = [room.owner.sessionId, second.sessionId];
    expect(await room.share(room.owner, mine)).toMatchObject({ refused: 'ERR_FORBIDDEN' });
    expect(await room.holders()).toEqual([]);
    expect(await room.share(second, mine)).toMatchObject({ accepted: mine, rejected: [] });
    // And now the same: one key is enough for an epoch.
    await room.register(room.owner);
    expect(await room.share(room.owner, mine)).toMatchObject({ refused: 'ERR_NO_ROOM_KEY' });
    expect(await room.holders()).toEqual([second.sessionId]);
  });

  test('another key for a session drops what was sealed for the old one; it is brought the chat key again', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    expect(await room.holders()).toEqual(sessionsOf(room.owner, second));
    const publicKey = await room.register(second);
    expect(await room.holders()).toEqual([room.owner.sessionId]);
    await room.pass(50);
    expect(room.askedOnce().recipients).toMatchObject([{ session_id: second.sessionId, public_key: publicKey }]);
  });

  test('another key while a distributor seals for the old one: that blob is refused, and it is asked for the new one', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const second = await room.member();
    await room.enterAll(second);
    expect(ids(room.askedOnce())).toEqual([second.sessionId]);
    const publicKey = await room.register(second);
    const answer = await room.share(room.owner, [second.sessionId]);
    expect(answer).toEqual({ accepted: [], rejected: [{ session_id: second.sessionId, code: 'ERR_CONFLICT' }] });
    expect(await room.holders()).toEqual([room.owner.sessionId]);
    await room.pass(50);
    expect(room.askedOnce().recipients).toMatchObject([{ session_id: second.sessionId, public_key: publicKey }]);
    expect((await room.share(room.owner, [second.sessionId])).accepted).toEqual([second.sessionId]);
  });

  test('another key is asked for also in a room where someone else was left out before', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    await room.member();
    await room.pass(50);
    await room.share(room.owner, []);
    await room.pass(50);
    await room.share(second, []);
    await room.pass(50);
    room.asked();
    await room.register(second);
    await room.pass(50);
    expect(ids(room.askedOnce())).toEqual([second.sessionId]);
  });

  test('the old key registered once more changes nothing', async () => {
    await using room = await quietRoom();
    await room.begin(room.owner);
    const publicKey = String(
      (
        await room.portal.modules.rooms.join(
          { id: 'look', isOpen: true, join() {}, leave() {}, isIn: () => false },
          principalOf(room.owner),
          room.chatId,
        )
      ).members.toJSON()[0]?.sessions[0]?.public_key,
    );
    await room.register(room.owner, publicKey);
    await room.pass(50);
    expect(room.asked()).toEqual([]);
    expect(await room.holders()).toEqual([room.owner.sessionId]);
  });
});

describe('a new epoch', () => {
  const kick = (room: Awaited<ReturnType<typeof quietRoom>>, whom: Person) =>
    room.portal.modules.moderation.kick(principalOf(room.owner), room.chatId, whom.id, null).then(room.rest);

  test('its key is made by the one who held the old one longest here; the one put out is no recipient', async () => {
    await using room = await quietRoom();
    const [second, third] = [await room.member(), await room.member()];
    // The longest in the room never got the old key.
    const keyless = await room.portal.given.member({ id: room.chatId });
    await room.enter(keyless);
    await room.begin(room.owner, second, third);
    await room.register(keyless);
    await kick(room, third);
    await room.pass(50);
    const asked = room.askedOnce();
    expect(asked).toMatchObject({ epoch: 2, generate: true });
    expect(await room.sessionOf(asked.socketId)).toBe(room.owner.sessionId);
    expect(sorted(ids(asked))).toEqual(sessionsOf(room.owner, second, keyless));
  });

  test('errands for the old epoch are void, and what they bring is refused', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const third = await room.member();
    await room.enterAll(third);
    const errand = room.askedOnce();
    await kick(room, second);
    const late = await room.share(room.owner, ids(errand), { epoch: errand.epoch });
    expect(late).toMatchObject({ refused: 'ERR_EPOCH_MISMATCH' });
    expect(await room.holders()).toEqual([]);
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ epoch: 2, generate: true });
    await room.pass(4000);
    expect(room.asked()).toEqual([]);
  });

  test('rotations that fall together make one request', async () => {
    await using room = await quietRoom();
    const people = [await room.member(), await room.member(), await room.member()];
    await room.begin(room.owner, ...people);
    await Promise.all(people.map((person) => kick(room, person)));
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ epoch: 4, generate: true });
  });

  test('a kick between the look at the room and the asking: nobody is asked for the new epoch with what was true in the old', async () => {
    await using room = await quietRoom();
    const { presence } = room.portal.adapters;
    const second = await room.member();
    await room.begin(room.owner, second);
    const third = await room.member();
    await room.enter(third);
    const { promise: looked, resolve: onLook } = Promise.withResolvers<void>();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const sessionsIn = presence.sessionsIn.bind(presence);
    presence.sessionsIn = async (chatId) => {
      const found = await sessionsIn(chatId);
      onLook();
      await held;
      return found;
    };
    await room.portal.timers.advance(50);
    await looked;
    presence.sessionsIn = sessionsIn;
    await kick(room, second);
    release();
    await room.rest();
    expect(room.asked()).toEqual([]);
    await room.pass(50);
    expect(room.askedOnce()).toMatchObject({ epoch: 2, generate: true });
  });

  test('looks at a room do not overlap: while one is held up, no second session is asked to make a key', async () => {
    await using room = await quietRoom();
    await room.enter(room.owner);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const holding = room.portal.database.units.run('hold the lane', () => held);
    await room.portal.timers.advance(50);
    room.lookAgain();
    await room.portal.timers.advance(50);
    release();
    await holding;
    await room.rest();
    expect(ids(room.askedOnce())).toEqual([room.owner.sessionId]);
  });

  test('a deleted chat asks nobody', async () => {
    await using room = await quietRoom();
    await room.enter(room.owner);
    await room.portal.modules.chats.delete(principalOf(room.owner), room.chatId);
    await room.pass(10_000);
    expect(room.asked()).toEqual([]);
  });

  test('a chat deleted while keys are asked for leaves no alarm behind, and nobody is asked for it again', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    await room.pass(10_000);
    const quiet = room.portal.timers.pending;
    await room.member();
    await room.pass(50);
    expect(ids(room.askedOnce())).toHaveLength(1);
    await room.member();
    expect(room.portal.timers.pending).toBeGreaterThan(quiet);

    await room.portal.modules.chats.delete(principalOf(room.owner), room.chatId);
    await room.rest();
    expect(room.portal.timers.pending).toBeLessThanOrEqual(quiet);
    await room.pass(20_000);
    expect(room.asked()).toEqual([]);
  });

  test('a server that stops asks nobody, and needs no new key because everybody leaves', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    const visit = await room.enter(room.owner);
    await room.enterAll(second);
    const made = room.asked().at(-1);
    await room.share(room.owner, made ? ids(made) : []);
    await room.member();
    await room.pass(50);
    room.asked();
    await room.portal.disconnect();
    await room.member();
    await visit.leave();
    await room.pass(60_000);
    expect(room.asked()).toEqual([]);
    expect(await room.epoch()).toBe(1);
  });
});
