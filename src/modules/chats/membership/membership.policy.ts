import { MINUTE_MS } from '../../../core/durations.ts';

/** A room with more people than this is a crowd: what each of them does is no longer told to all the others. */
export const CROWD = 200;

/** Someone away for no longer than this has not left: the return is not announced. */
const RETURN_MS = MINUTE_MS;

/** Whether this many people in a room are a crowd. */
export function isCrowdOf(people: number): boolean {
  return people > CROWD;
}

/** Whether an arrival at `now` continues a visit; `leftAt` is null for someone who is still there. */
export function isReturn({ leftAt }: { leftAt: number | null }, now: number): boolean {
  return leftAt === null || now - leftAt <= RETURN_MS;
}
