import { type ChatRoom, formatSafetyNumber } from '../index.ts';

/** The line that tells the safety number. */
export function numberOf(room: ChatRoom): string {
  const digits = room.safetyNumber();
  return digits === undefined
    ? 'no safety number: not everyone in this chat is known'
    : `safety number: ${formatSafetyNumber(digits)}`;
}
