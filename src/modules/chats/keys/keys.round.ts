import type { Cancel, Timers } from '../../../core/clock.ts';

/** One distributor at work. */
export type Errand = {
  socketId: string;
  generate: boolean;
  /** By session: the public key that the chat key is to be sealed for. */
  recipients: Map<string, string>;
  cancel: Cancel;
};

/** What is going on about one chat's key. */
export class Round {
  epoch = 0;
  gathering: Cancel | undefined;
  waking: Cancel | undefined;
  /** When its epoch was begun, if this server has seen it. */
  beganAt: number | undefined;
  /** Whether somebody may lack the key who is not in `waiting`: the next look asks the database for all. */
  isUnknown: boolean;
  /** Sessions that may lack the key. Whoever has an errand on their behalf waits here only for another one. */
  readonly waiting = new Set<string>();
  /** Errands by distributor session. */
  readonly errands = new Map<string, Errand>();
  /** Sessions that were asked and did not answer in time. In a new epoch, too, others are asked before them. */
  readonly silent = new Set<string>();
  /** Sessions that held the key of the epoch before. */
  formerHolders: ReadonlySet<string> = new Set();
  /** What has happened since the look under way began to read: who has come to hold the key, who has gone, who has come. */
  readonly served = new Set<string>();
  readonly gone = new Set<string>();
  readonly expected = new Set<string>();
  /** By distributor session: whom it was asked to seal for. */
  readonly #asked = new Map<string, Set<string>>();
  #looks = 0;
  #lastLook: Promise<void> = Promise.resolve();

  constructor({ isUnknown, beganAt }: { isUnknown: boolean; beganAt: number | undefined }) {
    this.isUnknown = isUnknown;
    this.beganAt = beganAt;
  }

  /** Errands of the old epoch are void, and everybody lacks the key. */
  begin(epoch: number, formerHolders: ReadonlySet<string>): void {
    for (const { cancel } of this.errands.values()) cancel();
    this.errands.clear();
    this.#asked.clear();
    this.waiting.clear();
    this.isUnknown = true;
    this.epoch = epoch;
    this.formerHolders = formerHolders;
  }

  /** One look at the chat after the other: two at once would ask twice. `look` never rejects. */
  queue(look: () => Promise<void>): void {
    this.#looks++;
    this.#lastLook = this.#lastLook.then(async () => {
      await look();
      this.#looks--;
    });
  }

  /** One alarm at a time: who sets another relies on the first. */
  wakeIn(timers: Timers, delayMs: number, wake: () => void): void {
    this.waking ??= timers.after(delayMs, () => {
      this.waking = undefined;
      wake();
    });
  }

  /** Nothing is going on but, if one asks, that look. */
  isQuiet(looks: number): boolean {
    return this.errands.size === 0 && !this.gathering && this.#looks === looks;
  }

  /** These may lack the key. A look under way knows nothing of it. */
  expect(sessionIds: readonly string[]): void {
    for (const id of sessionIds) {
      this.waiting.add(id);
      this.expected.add(id);
    }
  }

  wasAsked(distributorId: string, recipientId: string): boolean {
    return this.#asked.get(distributorId)?.has(recipientId) ?? false;
  }

  assign(distributorId: string, errand: Errand): void {
    const asked = this.#asked.get(distributorId) ?? new Set();
    for (const id of errand.recipients.keys()) {
      asked.add(id);
      this.waiting.delete(id);
    }
    this.#asked.set(distributorId, asked);
    this.errands.set(distributorId, errand);
  }

  /** The errand is over; whom it was for and who was not served waits again. */
  finish(distributorId: string): void {
    const errand = this.errands.get(distributorId);
    if (!errand) return;
    errand.cancel();
    this.errands.delete(distributorId);
    for (const id of errand.recipients.keys()) this.waiting.add(id);
  }

  /** As `finish`, and as if it had never been asked. */
  withdraw(distributorId: string): void {
    for (const id of this.errands.get(distributorId)?.recipients.keys() ?? [])
      this.#asked.get(distributorId)?.delete(id);
    this.finish(distributorId);
  }

  /** These have the key: nobody need bring it to them. */
  serve(recipientIds: readonly string[]): void {
    for (const id of recipientIds) {
      this.served.add(id);
      this.waiting.delete(id);
    }
    for (const [distributorId, { recipients }] of this.errands) {
      for (const id of recipientIds) recipients.delete(id);
      if (recipients.size === 0) this.finish(distributorId);
    }
  }

  /** Nothing can be expected of this session; it may be asked anew, and be asked for anew. */
  drop(sessionId: string): void {
    this.gone.add(sessionId);
    this.served.delete(sessionId);
    this.silent.delete(sessionId);
    this.#asked.delete(sessionId);
    for (const recipients of this.#asked.values()) recipients.delete(sessionId);
    this.finish(sessionId);
  }
}
