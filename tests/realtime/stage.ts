import { expect } from 'bun:test';
import type { Chat, Person } from '../support/given.ts';
import type { TestPortalOptions } from '../support/portal.ts';
import { type ScriptedBrowser, ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Payload, type Visitor } from './house.ts';

export type StageHouse = Awaited<ReturnType<typeof openStageHouse>>;

/** A house whose browsers do what the test says. */
export async function openStageHouse(options: TestPortalOptions = {}) {
  const engine = new ScriptedEngine();
  return Object.assign(await openHouse({ engine, ...options }), { engine });
}

/** The chat's browser runs. */
export async function scripted(house: StageHouse, chat: Chat) {
  const path = `/v1/portal/chats/${chat.id}`;
  expect(await house.as(chat.owner).post(`${path}/start`)).toMatchObject({ status: 200 });
  const { browser } = house.engine;
  return {
    browser,
    /** It crashes, and is started again by what this returns. */
    crash(): () => Promise<ScriptedBrowser> {
      const letGo = house.engine.hold();
      browser.crash();
      return async () => {
        letGo();
        await eventually(() => house.modules.running.find(chat.id)?.browser !== undefined);
        return house.engine.browser;
      };
    },
    stop: () => house.as(chat.owner).post(`${path}/stop`),
  };
}

/** A chat with a browser, its owner, who drives, and a member, both in the room. */
export async function stage(house: StageHouse, flags: object = {}) {
  const chat = await house.given.chat();
  const path = `/v1/portal/chats/${chat.id}/config/update`;
  const settings = { allow_control_requests: true, ...flags };
  expect(await house.as(chat.owner).post(path, settings)).toMatchObject({ status: 200 });
  const bob = await house.given.member(chat);
  const running = await scripted(house, chat);
  const [ada, bobs] = [await house.dial(chat.owner), await house.dial(bob)];
  for (const one of [ada, bobs]) expect(await one.join(chat.id)).toMatchObject({ ok: true });
  expect(await ada.call('control:take', { chat_id: chat.id })).toEqual({ ok: true });
  const call = (who: Visitor, event: string, more: object = {}): Promise<Payload> =>
    who.call(`browser:${event}`, { chat_id: chat.id, ...more });
  return { chat, bob, ada, bobs, call, ...running };
}

/** One more socket of this person, in the chat and watching. */
export async function watcher(
  house: StageHouse,
  who: Pick<Person, 'token' | 'sessionId'>,
  chat: Chat,
): Promise<Visitor> {
  const visitor = await house.dial(who);
  await visitor.join(chat.id);
  expect(await visitor.call('browser:watch', { chat_id: chat.id })).toMatchObject({ ok: true });
  await visitor.heard('browser:frame');
  return visitor;
}

export const frames = (who: Visitor): Payload[] => who.all('browser:frame');
