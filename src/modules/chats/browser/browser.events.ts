/** Why a browser stopped. */
export type StopReason = 'stopped' | 'idle' | 'max' | 'failed';

export type BrowserEvent =
  /** A browser can be watched: newly started, or again after a crash. */
  | { name: 'browser.started'; chatId: number }
  /** `error`: a sentence for people, where it failed. */
  | { name: 'browser.stopped'; chatId: number; reason: StopReason; error: string | null }
  /** A browser crashed and is being started again. */
  | { name: 'browser.recovering'; chatId: number };
