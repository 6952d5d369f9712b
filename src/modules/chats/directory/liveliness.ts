import type { Presence } from '../../../ports/presence.ts';

/** What goes on in a chat now, as on the wire. */
export type Live = { running: boolean; viewer_count: number };

export type Liveliness = ReturnType<typeof createLiveliness>;

/** The one answer to how lively a chat is, for every list and every view of it. */
export function createLiveliness({ presence }: { presence: Pick<Presence, 'countUsers' | 'countUsersOfEach'> }) {
  const live = (viewers: number): Live => ({ running: false, viewer_count: viewers });

  return {
    async of(chatId: number): Promise<Live> {
      return live(await presence.countUsers(chatId));
    },

    /** Each chat with what goes on in it. */
    async ofEach<Chat extends { id: number }>(chats: readonly Chat[]): Promise<[Chat, Live][]> {
      const counts = await presence.countUsersOfEach(chats.map(({ id }) => id));
      return chats.map((chat, index) => [chat, live(counts[index] ?? 0)]);
    },
  };
}
