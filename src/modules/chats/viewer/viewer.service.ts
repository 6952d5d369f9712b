import { AppError, accountRequired, notFound } from '../../../core/errors.ts';
import { firstThatLives } from '../../../core/session-cookie.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Sessions } from '../../people/sessions/sessions.service.ts';
import type { Chats } from '../chats/chats.service.ts';

type Deps = { read: Queries; sessions: Pick<Sessions, 'require'>; chats: Pick<Chats, 'requireAccess'> };

export type Viewer = ReturnType<typeof createViewer>;

/** Who may open the page that shows a chat's browser. */
export function createViewer({ read, sessions, chats }: Deps) {
  async function requireEntry(tokens: readonly string[], chatId: number): Promise<void> {
    const principal = await firstThatLives(tokens, (token) => sessions.require(token));
    if (principal.kind === 'stranger') throw accountRequired();
    if (!Number.isSafeInteger(chatId)) throw notFound();
    await chats.requireAccess(read, principal, chatId);
  }

  return {
    /** Why the holder of these tokens may not; undefined if they may. */
    async refusalOf(tokens: readonly string[], chatId: number): Promise<AppError | undefined> {
      try {
        await requireEntry(tokens, chatId);
      } catch (error) {
        if (error instanceof AppError) return error;
        throw error;
      }
    },
  };
}
