import { expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Payload, type Visitor } from './house.ts';

const MATCH = '/v1/portal/match';
const PEOPLE = 30;
const STEPS = 40;
const TAGS = ['music', 'chess', 'films', 'books'];

type Session = { token: string; sessionId: string };
type Actor = { session: Session; slots: number; visitor: Visitor | undefined };

let seed = 7;
/** The same numbers in each run. */
function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

test('whatever many people do at once, slots hold, a chat has its two people, and every socket ends up with the truth', async () => {
  await using house = await openHouse();
  const { given } = house;
  const premium = await given.premium();
  const sessions = [premium, await given.session(premium), await given.session(premium)];
  const actors: Actor[] = sessions.map((session) => ({ session, slots: 3, visitor: undefined }));
  while (actors.length < PEOPLE) actors.push({ session: await given.stranger(), slots: 1, visitor: undefined });
  const statusOf = async ({ session }: Actor): Promise<Payload> =>
    (await house.as(session).get(`${MATCH}/status`)).body;
  const isLive = (chat: Payload) => !chat.archived;

  async function step(actor: Actor): Promise<void> {
    const as = house.as(actor.session);
    switch (below(7)) {
      case 0:
      case 1:
      case 2: {
        const interests = [TAGS[below(4)], TAGS[below(4)]];
        expect([200, 409]).toContain((await as.post(MATCH, { interests })).status);
        break;
      }
      case 3:
        expect((await as.post(`${MATCH}/dequeue`)).status).toBe(200);
        break;
      case 4:
        expect([200, 404]).toContain((await as.post(`${MATCH}/leave`)).status);
        break;
      case 5:
        actor.visitor?.socket.disconnect();
        actor.visitor = undefined;
        break;
      default:
        actor.visitor ??= await house.dial(actor.session);
    }
    const live = (await statusOf(actor)).chats.filter(isLive);
    expect(live.length).toBeLessThanOrEqual(actor.slots);
  }

  await Promise.all(
    actors.map(async (actor) => {
      for (let at = 0; at < STEPS; at++) await step(actor);
    }),
  );

  for (const actor of actors) actor.visitor ??= await house.dial(actor.session);
  for (const actor of actors) {
    await eventually(async () => {
      const truth = await statusOf(actor);
      const told = actor.visitor?.all('match:state').at(-1);
      const chatsOf = (state: Payload | undefined) =>
        state?.chats.map((chat: Payload) => [chat.chat_id, chat.archived]);
      return told?.state === truth.state && JSON.stringify(chatsOf(told)) === JSON.stringify(chatsOf(truth));
    });
  }
  const states = await Promise.all(actors.map(statusOf));
  // One session stands for all of its person.
  const seats = states.slice(2).flatMap(({ chats }) => chats.filter(isLive).map((chat: Payload) => chat.chat_id));
  for (const chatId of new Set(seats)) expect(seats.filter((id) => id === chatId)).toHaveLength(2);
  const isSearching = (state: Payload) => state.state === 'searching';
  const people = states.slice(3).filter(isSearching).length + (states.slice(0, 3).some(isSearching) ? 1 : 0);
  expect((await house.modules.match.statistics()).searching).toBe(people);
});
