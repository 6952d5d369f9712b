/** Why a browser stopped: somebody stopped it, nobody watched, its longest time was over, or it could not go on. */
export type StopReason = 'stopped' | 'idle' | 'max' | 'failed';

export type BrowserEvent =
  /** A browser can be watched. `tookMs`: how long the start took; null when it came back after a crash. */
  | { name: 'browser.started'; chatId: number; tookMs: number | null }
  /** `error`: a sentence for people, where it failed. `wasOn`: false if it had not started yet. */
  | { name: 'browser.stopped'; chatId: number; reason: StopReason; error: string | null; wasOn: boolean }
  /** A browser did not start, or ended by itself. */
  | { name: 'browser.failed'; chatId: number; what: 'start' | 'crash'; reason: string }
  /** A browser crashed and is being started again. */
  | { name: 'browser.recovering'; chatId: number };
