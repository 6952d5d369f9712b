import { createKeyPair } from '../../src/client/index.ts';
import { Level, personOfUser } from '../../src/core/principal.ts';
import { findKeyState, listHolders } from '../../src/modules/chats/keys/keys.repository.ts';
import { insertSession } from '../../src/modules/people/sessions/sessions.repository.ts';
import { type Person, principalOf } from '../support/given.ts';
import { testPortal } from '../support/portal.ts';
import { atRest, turn } from '../support/waiting.ts';

export type KeyRequest = {
  chat_id: number;
  epoch: number;
  generate: boolean;
  recipients: { user_id: number; session_id: string; public_key: string }[];
};
type Asked = KeyRequest & { socketId: string };
type Told = { room: string; event: string; payload: Record<string, unknown> };

export const BLOB = 'A'.repeat(96);

/** A chat's room with the real services and database, a clock that the test turns, and an ear on what goes out. */
export async function quietRoom() {
  const portal = await testPortal();
  const { modules, realtime, adapters, database, given, timers } = portal;
  const told: Told[] = [];
  const { publish } = realtime;
  realtime.publish = (room, event, payload) => {
    told.push({ room, event, payload: payload as Record<string, unknown> });
    publish(room, event, payload);
  };
  const chat = await given.chat();
  const chatId = chat.id;
  let sockets = 0;

  /** Ten turns of the event loop. */
  async function turns(): Promise<void> {
    for (let count = 0; count < 10; count++) await turn();
  }

  /** Waits until everything under way has finished. */
  const rest = () => atRest(portal);

  const room = {
    portal,
    chatId,
    owner: chat.owner,
    turns,
    rest,

    /** Lets time pass and waits for everything that it triggers. */
    async pass(ms: number): Promise<void> {
      await timers.advance(ms);
      await rest();
    },

    /** A member with a registered key. */
    async member(): Promise<Person> {
      const person = await given.member(chat);
      await room.register(person);
      return person;
    },

    async register(person: Person, publicKey = createKeyPair().publicKey): Promise<string> {
      await modules.e2ee.registerKey(principalOf(person), { publicKey, signingKey: null });
      await rest();
      return publicKey;
    },

    /** Sessions of members who are not in the room, each with a key. */
    async strangersToTheRoom(count: number): Promise<string[]> {
      const person = await given.member(chat);
      return database.units.run('given sessions', async ({ db }) => {
        const ids: string[] = [];
        for (let index = 0; index < count; index++) {
          const id = `away-${String(index).padStart(4, '0')}`;
          await insertSession(db, {
            id,
            userId: person.id,
            tokenHash: id,
            tokenSuffix: id.slice(-6),
            clientIp: '127.0.0.1',
            publicKey: createKeyPair().publicKey,
            createdAt: timers.now(),
            expiresAt: timers.now() + 1e9,
          });
          ids.push(id);
        }
        return ids;
      });
    },

    /** The person enters the room with a new socket. */
    async enter(person: Person, level: Level = Level.User) {
      const socket = { id: `socket-${++sockets}`, isOpen: true, join() {}, leave() {}, isIn: () => false };
      const reply = await modules.rooms.join(socket, principalOf(person, level), chatId);
      return { socketId: socket.id, reply, leave: () => modules.rooms.leave(socket, chatId).then(rest) };
    },

    /** Anybody in the chat may lack the key. */
    lookAgain(): void {
      modules.distribution.postpone(chatId);
      modules.distribution.bring(chatId, [chat.owner.sessionId]);
    },

    /** Somebody without a key is in the room; nothing follows from it. */
    async quietVisitor(): Promise<void> {
      const { id, sessionId } = await given.person();
      await adapters.presence.enter(chatId, { socketId: `quiet-${id}`, sessionId, person: personOfUser(id) });
    },

    /** Several people enter one after the other; waits for everything that follows. */
    async enterAll(...people: Person[]): Promise<void> {
      for (const person of people) await room.enter(person);
      await room.pass(50);
    },

    /** Answers for a person; gives back the wire's answer, or the code of the refusal. */
    async share(by: Person, sessionIds: readonly string[], { epoch = 0, blob = BLOB } = {}) {
      const keys = sessionIds.map((session_id) => ({ session_id, blob }));
      const share = { chatId, epoch: epoch || (await room.epoch()), keys };
      const answer = await modules.e2ee.shareKeys(principalOf(by), share).catch((error) => ({
        refused: error.errorCode as string,
        accepted: [] as string[],
        rejected: [],
      }));
      await rest();
      return answer;
    },

    /** The first in the room makes the key and brings it to all who are asked for. */
    async begin(...people: Person[]): Promise<void> {
      await room.enterAll(...people);
      const { recipients } = room.askedOnce();
      await room.share(people[0] as Person, ids({ recipients }));
      await room.pass(50);
    },

    /** The requests since the last time, by the person's socket. */
    asked(): Asked[] {
      return told.splice(0).flatMap(({ room: to, event, payload }) => {
        if (event !== 'portal:key_request') return [];
        return [{ ...(payload as KeyRequest), socketId: to.slice('socket:'.length) }];
      });
    },

    askedOnce(): Asked {
      const [asked, ...more] = room.asked();
      if (!asked || more.length > 0)
        throw new Error(`${more.length + (asked ? 1 : 0)} requests where one was expected`);
      return asked;
    },

    told: (event: string) => told.filter((one) => one.event === event).map(({ payload }) => payload),

    async epoch(): Promise<number> {
      return (await findKeyState(database.read, chatId))?.epoch ?? 0;
    },

    async holders(): Promise<string[]> {
      return sorted(await listHolders(database.read, chatId, await room.epoch()));
    },

    /** The session that stands behind a socket. */
    async sessionOf(socketId: string): Promise<string | undefined> {
      return (await adapters.presence.sessionsIn(chatId)).find((one) => one.socketIds.includes(socketId))?.sessionId;
    },

    [Symbol.asyncDispose]: () => portal.close(),
  };
  await room.register(chat.owner);
  return room;
}

export const ids = ({ recipients }: Pick<KeyRequest, 'recipients'>) => recipients.map(({ session_id }) => session_id);

export const sorted = (texts: readonly string[]) => texts.toSorted((a, b) => (a < b ? -1 : 1));
