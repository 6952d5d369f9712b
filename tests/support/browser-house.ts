import type { Chat, Person } from './given.ts';
import { type TestPortal, type TestPortalOptions, testPortal } from './portal.ts';
import { ScriptedEngine } from './scripted-engine.ts';

/** Where a chat's browser is asked for something. */
export const browserPath = ({ id }: { id: number }, what: string): string => `/v1/portal/chats/${id}/${what}`;

/** A portal with an engine under the test's hand. */
export async function browserPortal(options: TestPortalOptions = {}) {
  const engine = new ScriptedEngine();
  const portal = await testPortal({ engine, ...options });
  return { portal, engine };
}

/** What someone asks of a chat's browser. */
export function asking(portal: Pick<TestPortal, 'as'>, who: Person, chat: Chat) {
  const by = portal.as(who);
  return {
    start: () => by.post(browserPath(chat, 'start')),
    stop: () => by.post(browserPath(chat, 'stop')),
    open: (url: unknown) => by.post(browserPath(chat, 'open'), { url }),
    read: () => by.get(browserPath(chat, 'clipboard')),
    write: (text: unknown) => by.post(browserPath(chat, 'clipboard'), { text }),
    shot: (query = '') => by.get(browserPath(chat, `screenshot${query}`)),
  };
}

/** A chat and its owner, with the browser off. */
export async function cinema(
  options: Parameters<typeof browserPortal>[0] & { visibility?: 'public' | 'official' } = {},
) {
  const { visibility, ...more } = options;
  const { portal, engine } = await browserPortal(more);
  const chat = await portal.given.chat(visibility ? { visibility } : {});
  return {
    portal,
    engine,
    chat,
    owner: asking(portal, chat.owner, chat),
    [Symbol.asyncDispose]: () => portal.close(),
  };
}
