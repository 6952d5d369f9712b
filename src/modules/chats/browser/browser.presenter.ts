import type { SharedBrowser } from './browser.model.ts';
import type { RunningChat } from './running.ts';

/** As everyone in the chat may know it. */
export function presentBrowser({ chatId, engine, width, height }: RunningChat): SharedBrowser {
  return { engine, width, height, url: `/v1/portal/chats/${chatId}/browser/`, frames: engine === 'local' };
}
