/** A socket has left the room of a chat. Whom a moderator or a rule puts out is told by `member.removed`. */
export type RoomsEvent = {
  name: 'room.left';
  chatId: number;
  sessionId: string;
  socketId: string;
  /** The connection has ended, perhaps for a moment. */
  isGone: boolean;
};
