import { type ChatRoom, formatSafetyNumber, type RoomMessage } from '../index.ts';

/** The line that tells the safety number. */
export function numberOf(room: ChatRoom): string {
  const digits = room.safetyNumber();
  return digits === undefined
    ? 'no safety number: not everyone in this chat is known'
    : `safety number: ${formatSafetyNumber(digits)}`;
}

const UNREAD = {
  open: '',
  waiting: '(sealed; its key is on its way)',
  lost: '(sealed with a key you do not have)',
  broken: '(cannot be read)',
  refused: '(refused: this is not what was said, or not by this person)',
} as const;

/** A text, with a mark if its author is not certain. */
export function textOf({ body, state, author }: RoomMessage): string {
  if (body === null) return UNREAD[state];
  return author === 'signed' ? body : `${body} (${author})`;
}

/** Says whose keys are new, and what was not believed. */
export function tellOfKeys(room: ChatRoom, say: (line: string) => void): void {
  const nameOf = (userId: number | null, participant?: number) =>
    room.members.find((one) => (userId === null ? one.participant === participant : one.id === userId))?.username;
  room.on('keyChanged', ({ userId, participant }) => {
    say(`* ${nameOf(userId, participant) ?? 'An absent member'} has a new key; compare safety numbers (/number)`);
  });
  room.on('refused', ({ what, error }) => {
    if (what !== 'message') say(`* refused: ${error.message}`);
  });
}
