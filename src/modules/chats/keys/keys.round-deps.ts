import type { Timers } from '../../../core/clock.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import type { KeyRequest } from './keys.errands.ts';

export type RoundDeps = {
  read: Queries;
  timers: Timers;
  presence: Pick<Presence, 'sessionsIn'>;
  ask(socketId: string, request: KeyRequest, present: readonly PresentSession[]): void;
  /** Records which session may make this epoch's key. False if the epoch has moved on. */
  appoint(epoch: number, sessionId: string): Promise<boolean>;
  /** Starts a new epoch, for newcomers or because the key is lost. */
  replaceEpoch(epoch: number, reason: 'join' | 'lost'): Promise<void>;
  failed(error: unknown): void;
  /** `isSettled`: everyone has the key. */
  atRest(rest: { isSettled: boolean; beganAt: number | undefined }): void;
  gone(): void;
};
