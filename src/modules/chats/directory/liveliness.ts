import type { Presence } from '../../../ports/presence.ts';

/** What goes on in a chat now, as on the wire. */
export type Live = { running: boolean; viewer_count: number };

type Deps = {
  presence: Pick<Presence, 'countPeople' | 'countPeopleOfEach'>;
  /** Whether the chat's shared browser is on. */
  isRunning(chatId: number): boolean;
};

export type Liveliness = ReturnType<typeof createLiveliness>;

/** The one answer to how lively a chat is, for every list and every view of it. */
export function createLiveliness({ presence, isRunning }: Deps) {
  return {
    async of(chatId: number): Promise<Live> {
      return { running: isRunning(chatId), viewer_count: await presence.countPeople(chatId) };
    },

    /** Each chat with what goes on in it. */
    async ofEach<Chat extends { id: number }>(chats: readonly Chat[]): Promise<[Chat, Live][]> {
      const counts = await presence.countPeopleOfEach(chats.map(({ id }) => id));
      return chats.map((chat, index) => [chat, { running: isRunning(chat.id), viewer_count: counts[index] ?? 0 }]);
    },
  };
}
