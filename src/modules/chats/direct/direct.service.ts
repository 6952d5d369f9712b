import { type Clock, isoTime } from '../../../core/clock.ts';
import { DAY_MS } from '../../../core/durations.ts';
import type { DomainEvent } from '../../../core/events.ts';
import { type Participant, peerOf } from '../../../core/pair.ts';
import { type Guest, type PersonId, personOf, strangerSessionOf } from '../../../core/principal.ts';
import type { Random } from '../../../core/random.ts';
import { keyedHash, sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import { newAlias } from '../../people/strangers/aliases.policy.ts';
import { findStranger } from '../../people/strangers/strangers.repository.ts';
import type { Strangers } from '../../people/strangers/strangers.service.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { browserConfigOf } from '../chats/chats.policy.ts';
import { insertChat, markDeleted } from '../chats/chats.repository.ts';
import type { DirectEnd, ParticipantRow } from '../chats/direct.tables.ts';
import { listDirectOf, listParticipants } from '../chats/participants.repository.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import { PEER } from '../messages/messages.presenter.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { DirectPeople } from '../voice/voice.ts';
import { directErrors } from './direct.errors.ts';
import type { Beginning, DirectEvent } from './direct.events.ts';
import type { DirectState, Found } from './direct.model.ts';
import { presentFound } from './direct.presenter.ts';
import * as repository from './direct.repository.ts';

type Events = DirectEvent | MessagesEvent | ChatsEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  random: Random;
  secret: Uint8Array;
  directPeople: Pick<DirectPeople, 'add' | 'find' | 'chatsOf'>;
  messages: Pick<Messages, 'announce'>;
  strangers: Pick<Strangers, 'extend'>;
};

/** One of the two for whom a direct chat begins. */
export type Side = {
  person: PersonId;
  /** The session that searched; its sockets are joined. */
  sessionId: string;
  /** From the address, for strangers only. */
  countryCode: string | null;
};

/** How long a chat lasts, and how long its archive. */
const LASTS_MS = DAY_MS;
const ARCHIVED_MS = DAY_MS;
const DUE_AT_ONCE = 100;
const LOADED_AT_ONCE = 500;

export type Direct = ReturnType<typeof createDirect>;

/** Direct chats: two people who know each other by aliases, for a day, and an archive for another day. */
export function createDirect({ read, units, clock, random, secret, directPeople, messages, strangers }: Deps) {
  /** The participant's secret for this chat. It is derived, so the database holds only its hash. */
  function tokenOf(chatId: number, number: 1 | 2): string {
    return keyedHash(secret, `token of a direct chat\0${chatId}\0${number}`).toString('base64url');
  }

  /** Aliases that this person must not get: the session's own, and those of earlier chats. */
  async function aliasesOf(db: Queries, person: PersonId): Promise<Set<string>> {
    const earlier = (await listDirectOf(db, person)).map(({ own }) => own.alias);
    const session = strangerSessionOf(person);
    const own = session === undefined ? undefined : (await findStranger(db, session))?.alias;
    return new Set(own === undefined ? earlier : [...earlier, own]);
  }

  async function aliasFor(db: Queries, person: PersonId, other?: string): Promise<string> {
    const taken = await aliasesOf(db, person);
    return newAlias(random, (alias) => alias === other || taken.has(alias));
  }

  async function begin(
    unit: Unit<Events>,
    sides: readonly [Side, Side],
    interests: readonly string[],
  ): Promise<number> {
    const { db, emit } = unit;
    const now = clock.now();
    const chat = await insertChat(db, {
      chatType: 'direct',
      name: '',
      ownerId: null,
      visibility: 'private',
      browserConfig: browserConfigOf(),
      lastActivityAt: now,
      createdAt: now,
      updatedAt: now,
    });
    const first = await aliasFor(db, sides[0].person);
    const second = await aliasFor(db, sides[1].person, first);
    const row = (number: 1 | 2, side: Side, alias: string): ParticipantRow => ({
      chatId: chat.id,
      number,
      person: side.person,
      sessionId: side.sessionId,
      alias,
      tokenHash: sha256(tokenOf(chat.id, number)),
      countryCode: side.countryCode,
    });
    const two = [row(1, sides[0], first), row(2, sides[1], second)] as const;
    const bornAt = now;
    const direct = { chatId: chat.id, interests: [...interests], bornAt, dueAt: now + LASTS_MS, endedAt: null };
    await repository.insertDirect(db, direct, two);
    // Their sessions last as long as what they can read.
    for (const { person, sessionId } of sides)
      if (strangerSessionOf(person) !== undefined) await strangers.extend(db, sessionId, now + LASTS_MS + ARCHIVED_MS);
    // First of all: the sockets must be in the room when the greeting goes out.
    const side = (own: ParticipantRow, peer: ParticipantRow): Beginning => {
      const { number, person, sessionId } = own;
      return { number, person, sessionId, found: presentFound(direct, tokenOf(chat.id, number), peer) };
    };
    emit({ name: 'direct.began', chatId: chat.id, pair: two, sides: [side(two[0], two[1]), side(two[1], two[0])] });
    const greeting = `Chat started — say hi to ${PEER}! Matched on: ${interests.join(', ')}`;
    await messages.announce(unit, chat.id, greeting, two);
    return chat.id;
  }

  /** Ends a live chat in the caller's unit: it becomes an archive. False if it has ended already. */
  async function end(unit: Unit<Events>, chatId: number, reason: DirectEnd, by: Participant | null): Promise<boolean> {
    const now = clock.now();
    if (!(await repository.endDirect(unit.db, chatId, now, now + ARCHIVED_MS))) return false;
    const [one, other] = await listParticipants(unit.db, chatId);
    const pair = one && other && ([one, other] as const);
    await messages.announce(unit, chatId, by ? `${by.alias} left the chat` : 'The chat has ended', pair);
    const people = pair?.map(({ person }) => person) ?? [];
    unit.emit({ name: 'direct.ended', chatId, reason, by: by?.person ?? null, people });
    return true;
  }

  function participantIn(chatId: number, person: PersonId): Participant | undefined {
    return directPeople.find(chatId)?.find((one) => one.person === person);
  }

  /** What a participant is told at the beginning. */
  async function foundOf(chatId: number, number: 1 | 2): Promise<Found | undefined> {
    const direct = await repository.findDirect(read, chatId);
    const two = await listParticipants(read, chatId);
    const peer = two.find((one) => one.number !== number);
    if (!direct || !peer) return undefined;
    return presentFound(direct, tokenOf(chatId, number), peer);
  }

  /** The person's direct chats, live and archived, oldest first. */
  async function statesOf(person: PersonId): Promise<DirectState[]> {
    const rows = await listDirectOf(read, person);
    return rows.flatMap(({ chat, direct, own }) => {
      const pair = directPeople.find(chat.id);
      if (!pair) return [];
      return {
        chat_id: chat.id,
        token: tokenOf(chat.id, own.number),
        alias: peerOf(pair, own.number).alias,
        expires_at: isoTime(direct.dueAt),
        archived: chat.archived,
        ended: direct.endedAt === null ? null : isoTime(direct.endedAt),
      };
    });
  }

  async function purge(chatId: number): Promise<void> {
    const pair = directPeople.find(chatId);
    await units.run('purge direct chat', async ({ db, emit }) => {
      await repository.deleteDirect(db, chatId);
      await markDeleted(db, chatId, clock.now());
      emit({ name: 'chat.deleted', chatId });
      emit({ name: 'direct.purged', chatId, people: pair?.map(({ person }) => person) ?? [] });
    });
  }

  return {
    /**
     * Begins a direct chat. Both are told, and the sockets of their sessions are in the room. `before` runs in the same unit; if it
     * throws, nothing begins.
     */
    async begin(
      sides: readonly [Side, Side],
      interests: readonly string[],
      before: (unit: Unit<DomainEvent>) => Promise<void> = async () => {},
    ): Promise<number> {
      return units.run('begin direct chat', async (unit) => {
        await before(unit);
        return begin(unit, sides, interests);
      });
    },

    statesOf,
    foundOf,

    /** At start: who is in which chat. Returns the live ones. */
    async load(): Promise<{ chatId: number; people: PersonId[] }[]> {
      const live: { chatId: number; people: PersonId[] }[] = [];
      for (let after = 0; ; ) {
        const rows = await repository.listParticipantsAfter(read, after, LOADED_AT_ONCE);
        for (const [first, second] of pairsOf(rows)) {
          const { chatId } = first;
          directPeople.add(chatId, [first, second]);
          if (first.endedAt === null) live.push({ chatId, people: [first.person, second.person] });
          after = chatId;
        }
        if (rows.length < 2 * LOADED_AT_ONCE) return live;
      }
    },

    countLive: repository.countLiveOf,

    /** Since when the person has been in a live chat; undefined if in none. */
    async matchedSince(person: PersonId): Promise<number | undefined> {
      return (await listDirectOf(read, person)).find(({ direct }) => direct.endedAt === null)?.direct.bornAt;
    },

    /** Participants 1 and 2. */
    participants: (chatId: number) => listParticipants(read, chatId),

    /** The live chats of a person, oldest first. */
    listLive: (person: PersonId): Promise<number[]> => repository.listLiveAmong(read, directPeople.chatsOf(person)),

    /** The caller's side of a direct chat, live or archived, and the other one. Throws 404. */
    async sidesOf(db: Queries, who: Guest, chatId: number): Promise<{ own: ParticipantRow; peer: ParticipantRow }> {
      const two = await listParticipants(db, chatId);
      const own = two.find((one) => one.person === personOf(who));
      const peer = two.find((one) => one !== own);
      if (!own || !peer) throw chatErrors.notFound();
      return { own, peer };
    },

    /** Ends the caller's live chat; without an id the latest one. Throws `ERR_MATCH_NO_ACTIVE_DIRECT`. */
    async leave(who: Guest, chatId?: number): Promise<void> {
      const person = personOf(who);
      await units.run('leave direct chat', async (unit) => {
        const live = await repository.listLiveAmong(unit.db, directPeople.chatsOf(person));
        const meant = chatId ?? Math.max(...live);
        const by = live.includes(meant) ? participantIn(meant, person) : undefined;
        if (!by || !(await end(unit, meant, 'left', by))) throw directErrors.noActive();
      });
    },

    /** Ends every live chat of a person, in the caller's unit; also one that has just begun, and of which nobody is told yet. */
    async endAllOf(unit: Unit<Events>, person: PersonId, reason: 'left' | 'blocked'): Promise<void> {
      for (const { direct, own } of await listDirectOf(unit.db, person))
        if (direct.endedAt === null) await end(unit, direct.chatId, reason, own);
    },

    /** Ends a chat because a participant has not come back. */
    async endAbsent(chatId: number, person: PersonId): Promise<void> {
      const by = participantIn(chatId, person);
      if (by) await units.run('end direct chat', (unit) => end(unit, chatId, 'timeout', by));
    },

    nextDue: () => repository.findNextDue(read),

    /** Ends the chats whose time is up, and purges the archives whose time is up. */
    async settleDue(): Promise<void> {
      for (;;) {
        const due = await repository.listDue(read, clock.now(), DUE_AT_ONCE);
        for (const { chatId, endedAt } of due) {
          if (endedAt !== null) await purge(chatId);
          else await units.run('expire direct chat', (unit) => end(unit, chatId, 'expired', null));
        }
        if (due.length < DUE_AT_ONCE) return;
      }
    },
  };
}

/** Neighbours, two by two. */
function pairsOf<One>(rows: readonly One[]): [One, One][] {
  return rows.flatMap((one, index) => {
    const other = rows[index + 1];
    return index % 2 === 0 && other !== undefined ? [[one, other] satisfies [One, One]] : [];
  });
}
