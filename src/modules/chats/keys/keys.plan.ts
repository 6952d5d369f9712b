import type { PresentSession } from '../../../ports/presence.ts';
import type { RegisteredSession } from './keys.repository.ts';

/** A chat's key as one look finds it. */
export type View = {
  /** Somebody has the key of this epoch, here or elsewhere. */
  isHeld: boolean;
  isSpokenUnder: boolean;
  /** Someone who joined after something was said under this epoch waits for a new one, and it is due. */
  isRenewalDue: boolean;
  isAnyonePresent: boolean;
  /** Those in the room who hold the key, have nothing to do and answer when asked; longest there first. */
  free: readonly PresentSession[];
  /** Somebody is bringing the key, or making it. */
  isBringing: boolean;
  isMaking: boolean;
  /** Sessions that lack the key and are not being brought it, those in the room first. */
  lacking: readonly RegisteredSession[];
  /** Somebody in the room lacks it, and has not refused what they were brought. */
  isSomeoneWaiting: boolean;
  /** Whether this distributor was asked for this recipient before. */
  wasAsked(distributorId: string, recipientId: string): boolean;
};

export type Errand = { distributor: PresentSession; recipients: RegisteredSession[] };

export type Plan =
  /** Nothing is to be done now. */
  | { do: 'wait' }
  | { do: 'ask'; errands: Errand[]; left: RegisteredSession[] }
  /** A new epoch: for those who are too new for this one, or as nobody can bring its key any more. */
  | { do: 'renew' | 'abandon' }
  /** Nobody has the key yet: one session is to make it. */
  | { do: 'make' };

/** Recipients of one request. */
export const RECIPIENTS_AT_ONCE = 256;

/** What follows from a look at a chat's key: a pure function of what was seen. */
export function plan(view: View): Plan {
  if (!view.isAnyonePresent) return { do: 'wait' };
  if (view.isRenewalDue) return { do: 'renew' };
  if (view.lacking.length === 0) return { do: 'wait' };
  if (view.isHeld && (view.isBringing || view.free.length > 0)) return { do: 'ask', ...spread(view) };
  // Nobody in the room can bring the key. Members who are away can go on waiting for it.
  if (!view.isSomeoneWaiting) return { do: 'wait' };
  if (view.isHeld || view.isSpokenUnder) return { do: 'abandon' };
  return view.isMaking ? { do: 'wait' } : { do: 'make' };
}

/** Spreads the recipients over the free holders, in their order; nobody is asked twice for the same one. */
function spread({ free, lacking, wasAsked }: View): { errands: Errand[]; left: RegisteredSession[] } {
  const errands: Errand[] = [];
  let left = [...lacking];
  for (const distributor of free) {
    if (left.length === 0) break;
    const theirs = left.filter((one) => !wasAsked(distributor.sessionId, one.sessionId)).slice(0, RECIPIENTS_AT_ONCE);
    if (theirs.length === 0) continue;
    errands.push({ distributor, recipients: theirs });
    const taken = new Set(theirs);
    left = left.filter((one) => !taken.has(one));
  }
  return { errands, left };
}
