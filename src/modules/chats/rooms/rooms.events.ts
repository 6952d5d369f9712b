import type { PersonId } from '../../../core/principal.ts';

/** A socket has left the room of a chat. Whom a moderator or a rule puts out is told by `member.removed`. */
export type RoomsEvent = {
  name: 'room.left';
  chatId: number;
  person: PersonId;
  sessionId: string;
  socketId: string;
  /** None of the person's sockets is in the room any more. */
  lastOfPerson: boolean;
  /** The connection has ended, perhaps for a moment. */
  isGone: boolean;
};
