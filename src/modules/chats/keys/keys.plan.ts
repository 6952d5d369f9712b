import type { PresentSession } from '../../../ports/presence.ts';
import type { RegisteredSession } from './session-keys.repository.ts';

/** The state of a chat's key at one look. */
export type View = {
  /** A session has this epoch's key, in the room or elsewhere. */
  isHeld: boolean;
  isSpokenUnder: boolean;
  /** A new epoch is due for someone who joined after messages were sent under this one. */
  isRenewalDue: boolean;
  isAnyonePresent: boolean;
  /** Holders in the room that are idle and answer requests; the longest-present first. */
  free: readonly PresentSession[];
  /** A request to bring the key is open; `isMaking`: a request to make it. */
  isBringing: boolean;
  isMaking: boolean;
  /** Sessions that lack the key and are in no open request; those in the room first. */
  lacking: readonly RegisteredSession[];
  /** A session in the room lacks the key and has not rejected one, or all in the room have rejected it. */
  isSomeoneWaiting: boolean;
  /** Whether this distributor was already asked for this recipient. */
  wasAsked(distributorId: string, recipientId: string): boolean;
};

export type Errand = { distributor: PresentSession; recipients: RegisteredSession[] };

export type Plan =
  /** Nothing to do now. */
  | { do: 'wait' }
  | { do: 'ask'; errands: Errand[]; left: RegisteredSession[] }
  /** Starts a new epoch: `renew` for newcomers, `abandon` because the key is lost. */
  | { do: 'renew' | 'abandon' }
  /** The key does not exist yet: appoints one session to make it. */
  | { do: 'make' };

/** The maximum number of recipients in one request. */
export const RECIPIENTS_AT_ONCE = 256;

/** Decides the next step for a chat's key: a pure function of the view. */
export function plan(view: View): Plan {
  if (!view.isAnyonePresent) return { do: 'wait' };
  if (view.isRenewalDue) return { do: 'renew' };
  if (view.lacking.length === 0) return { do: 'wait' };
  if (view.isHeld && (view.isBringing || view.free.length > 0)) return { do: 'ask', ...spread(view) };
  // No session in the room can bring the key. Members who are away can keep waiting.
  if (!view.isSomeoneWaiting) return { do: 'wait' };
  // Its blobs are there to be read a moment before its request ends, which waits for the disk.
  if (view.isMaking) return { do: 'wait' };
  return { do: view.isHeld || view.isSpokenUnder ? 'abandon' : 'make' };
}

/** Spreads the recipients over the free holders in order. A holder is never asked twice for the same recipient. */
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
