/** The part of a socket that a room uses. */
export type RoomSocket = {
  id: string;
  isOpen: boolean;
  join(room: string): void;
  leave(room: string): void;
  isIn(room: string): boolean;
};

export type Turns = ReturnType<typeof createTurns>;

/** Handles a socket's requests in order: a socket that joins and leaves at once ends up outside. */
export function createTurns() {
  const turns = new WeakMap<RoomSocket, Promise<unknown>>();
  return function inTurn<Result>(socket: RoomSocket, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(socket) ?? Promise.resolve()).then(work);
    turns.set(
      socket,
      turn.catch(() => {}),
    );
    return turn;
  };
}
