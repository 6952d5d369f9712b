import { asking } from '../support/browser-house.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { openHouse, type Payload, type Visitor } from './house.ts';

/** A chat whose owner and one member are in the room, on a clock that stands still. */
export async function cinema(env: Record<string, string> = {}) {
  const engine = new ScriptedEngine();
  const house = await openHouse({ engine, realTime: false, env });
  const chat = await house.given.chat();
  const ada = await house.dial(chat.owner);
  await ada.join(chat.id);
  const bob = await house.dial(await house.given.member(chat));
  await bob.join(chat.id);
  const { browsers } = house.modules;
  return {
    house,
    engine,
    chat,
    ada,
    bob,
    ...asking(house, chat.owner, chat),
    /** This many people watch. */
    watched: (count: number) => browsers.watched(chat.id, count),
    touched: () => browsers.touched(chat.id),
    pass: (seconds: number) => house.timers.advance(seconds * 1000),
    at: (seconds: number) => new Date(house.timers.now() + seconds * 1000).toISOString(),
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

const ABOUT_BROWSER = /^room:(started|stopped|browser_idle|browser_recovering)$/;

/** What a visitor heard about the browser: the event, and its payload without the chat. */
export async function heard(visitor: Visitor, which = ABOUT_BROWSER): Promise<[string, Payload][]> {
  await visitor.settled();
  return visitor.told
    .filter(({ event }) => which.test(event))
    .map(({ event, payload: { chat_id: _, ...rest } }) => [event, rest]);
}

export const names = async (visitor: Visitor) => (await heard(visitor)).map(([event]) => event.replace('room:', ''));
