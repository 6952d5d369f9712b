import type { Presence } from '../../../ports/presence.ts';

/** Current activity in a chat, as on the wire. */
export type Live = { running: boolean; viewer_count: number };

type Deps = {
  presence: Pick<Presence, 'countPeople' | 'countPeopleOfEach'>;
  /** Whether the chat's shared browser is running. */
  isRunning(chatId: number): boolean;
};

export type Liveliness = ReturnType<typeof createLiveliness>;

/** The single source of a chat's liveliness, for every list and view. */
export function createLiveliness({ presence, isRunning }: Deps) {
  return {
    async of(chatId: number): Promise<Live> {
      return { running: isRunning(chatId), viewer_count: await presence.countPeople(chatId) };
    },

    /** Adds the current activity to each chat. */
    async ofEach<Chat extends { id: number }>(chats: readonly Chat[]): Promise<[Chat, Live][]> {
      const counts = await presence.countPeopleOfEach(chats.map(({ id }) => id));
      return chats.map((chat, index) => [chat, { running: isRunning(chat.id), viewer_count: counts[index] ?? 0 }]);
    },
  };
}
