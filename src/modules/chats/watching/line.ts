import { KIB, SECOND_MS } from '../../../core/durations.ts';
import type { CastWidth } from '../../../ports/browser-engine.ts';

type Sent = { seq: number; at: number; bytes: number };

/** As many frames may be unseen on a fast line, and one on a slow one. */
const WINDOW = 2;
/** A frame that takes longer makes a line slow. */
const SLOW_MS = SECOND_MS / 2;
/** A frame of half the width has a quarter of the bytes: at this speed, a full one would not be slow. */
const QUICK_MS = SLOW_MS / 4;
/** What a line may hold before its speed is known: even at 1 Mbit/s, what is said then arrives within about two seconds. */
const UNKNOWN_BYTES = 256 * KIB;
/** As many quick frames in a row let a slow line try full ones again; twice as many after each attempt that failed. */
const FIRST_TRIAL = 20;
const LAST_TRIAL = 320;

/** How fast the line of one watcher is, judged by when frames are sent and seen, and so what may go next. */
export class Line {
  readonly #elapsed: () => number;
  #unseen: Sent[] = [];
  #newest = 0;
  #bytesAllowed = UNKNOWN_BYTES;
  #isSlow = false;
  #isKnown = false;
  #quickOnes = 0;
  #trialAfter = FIRST_TRIAL;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Frames of this width should go over it. */
  get width(): CastWidth {
    return this.#isSlow ? 'half' : 'full';
  }

  /** The last frame sent. */
  get newest(): number {
    return this.#newest;
  }

  get isIdle(): boolean {
    return this.#unseen.length === 0;
  }

  /** Whether a frame of so many bytes may go now. `isBehind`: something sent earlier has not even left. */
  hasRoom(bytes: number, isBehind: boolean): boolean {
    const [oldest] = this.#unseen;
    if (!oldest && !this.#isKnown && bytes > UNKNOWN_BYTES) this.#beginSmall();
    if (!oldest) return true;
    if (this.#elapsed() - oldest.at > SLOW_MS) this.#slowDown();
    if (this.#unseen.length >= (this.#isSlow ? 1 : WINDOW) || isBehind) return false;
    return this.#unseen.reduce((sum, sent) => sum + sent.bytes, bytes) <= this.#bytesAllowed;
  }

  sent(seq: number, bytes: number): void {
    this.#newest = seq;
    this.#unseen.push({ seq, at: this.#elapsed(), bytes });
  }

  /** The watcher has seen this frame, and so all before it. One that was never sent counts for nothing. */
  seen(seq: number): void {
    const frame = this.#unseen.find((sent) => sent.seq === seq);
    if (!frame) return;
    this.#unseen = this.#unseen.filter((sent) => sent.seq > seq);
    const took = this.#elapsed() - frame.at;
    this.#isKnown = true;
    this.#bytesAllowed = Math.max(UNKNOWN_BYTES, (frame.bytes / Math.max(took, 1)) * SLOW_MS);
    if (took > SLOW_MS) this.#slowDown();
    else if (!this.#isSlow) this.#settle();
    else if (took > QUICK_MS) this.#quickOnes = 0;
    else if (++this.#quickOnes >= this.#trialAfter) this.#tryFull();
  }

  /** The first frame is so large that a slow line would be busy with it for seconds: a small one tries it out. */
  #beginSmall(): void {
    this.#isKnown = true;
    this.#isSlow = true;
    this.#trialAfter = 1;
  }

  /** Nothing moves: the picture may go once more in full, unless it is as large as a first one may not be. */
  tryAnew(): void {
    this.#isSlow = false;
    this.#isKnown = false;
    this.#quickOnes = 0;
  }

  /** Sends full frames again, for as long as they are not slow. */
  #tryFull(): void {
    this.#isSlow = false;
    this.#quickOnes = 0;
    this.#trialAfter = Math.min(Math.max(this.#trialAfter * 2, FIRST_TRIAL), LAST_TRIAL);
  }

  #slowDown(): void {
    this.#isSlow = true;
    this.#quickOnes = 0;
  }

  #settle(): void {
    if (this.#trialAfter > FIRST_TRIAL && ++this.#quickOnes >= FIRST_TRIAL) this.#trialAfter = FIRST_TRIAL;
  }
}
