import { MINUTE_MS } from '../../../core/durations.ts';

/** A room with more people than this is a crowd: individual actions are no longer broadcast to everyone. */
export const CROWD = 200;

/** A return within this time is not announced. */
const RETURN_MS = MINUTE_MS;

/** Whether a room with this many people is a crowd. */
export function isCrowdOf(people: number): boolean {
  return people > CROWD;
}

/** Whether an arrival at `now` continues a visit. `leftAt` is null for a person who is still there. */
export function isReturn({ leftAt }: { leftAt: number | null }, now: number): boolean {
  return leftAt === null || now - leftAt <= RETURN_MS;
}
