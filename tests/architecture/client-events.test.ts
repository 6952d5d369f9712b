import { expect, test } from 'bun:test';
import type { Static } from '@sinclair/typebox';
import { CALLS, SENT } from '../../src/app/live/live-document.ts';
import { CHAT_EVENTS, type ChatPayloads, type ClientCalls, type ServerPayloads } from '../../src/client/events.ts';

/** What the server sends, by the schemas that check it. */
type Sent = { [Name in keyof typeof SENT]: Static<(typeof SENT)[Name]['payload']> };

type Fields<Model> = Model extends readonly unknown[] ? never : Model extends unknown ? keyof Model : never;
/** The fields of events that the library does not know. */
type Untold = {
  [Name in keyof Sent & keyof ServerPayloads]: Exclude<Fields<Sent[Name]>, Fields<ServerPayloads[Name]>>;
};

/** The type checker refuses a name here. */
const untold: Untold[keyof Untold][] = [];
const none: never[] = untold;

/** The type checker asks for each event of the library, and refuses others. */
const typed: Record<keyof ServerPayloads, keyof Sent> = Object.fromEntries(
  Object.keys(SENT).map((name) => [name, name]),
) as Record<keyof Sent, keyof Sent>;
const called: Record<keyof ClientCalls, keyof typeof CALLS> = Object.fromEntries(
  Object.keys(CALLS).map((name) => [name, name]),
) as Record<keyof typeof CALLS, keyof typeof CALLS>;
const sent: Record<keyof Sent, keyof ServerPayloads> = typed;
const heard: Record<keyof typeof CALLS, keyof ClientCalls> = called;

test('the library knows every event and every field of it, and has no other event', () => {
  expect(none).toEqual([]);
  expect([Object.keys(sent).length, Object.keys(heard).length]).toEqual([
    Object.keys(SENT).length,
    Object.keys(CALLS).length,
  ]);
});

test('rooms hear every event that names a chat', () => {
  const ofChats = Object.entries(SENT).filter(([, { payload }]) => 'chat_id' in (payload.properties ?? {}));
  const heardByRooms = new Set<string>(CHAT_EVENTS satisfies readonly (keyof ChatPayloads)[]);
  // These reach people who are not in the room.
  const others = ofChats.map(([name]) => name).filter((name) => !heardByRooms.has(name));
  expect(new Set(others)).toEqual(new Set(['chat:status', 'match:found', 'match:state']));
});
