import { conflict, defineError, forbidden, unavailable } from '../../../core/errors.ts';

const notRunning = defineError({
  code: 'ERR_BROWSER_NOT_RUNNING',
  status: 404,
  message: 'The browser of this chat is off',
});

const startFailed = defineError({
  code: 'ERR_BROWSER_START_FAILED',
  status: 503,
  message: 'The browser did not start',
});

export const browserErrors = {
  unavailable: defineError({
    code: 'ERR_BROWSER_UNAVAILABLE',
    status: 503,
    message: 'This server has no shared browsers',
  }),
  startFailed,
  stillEnding: startFailed.saying('The browser that ran here before is still ending: try again later'),
  capacity: defineError({
    code: 'ERR_BROWSER_CAPACITY',
    status: 503,
    message: 'This server runs as many browsers as it may: stop one, or try again later',
  }),
  unfenced: defineError({
    code: 'ERR_BROWSER_UNFENCED',
    status: 503,
    message: 'Nothing proves that shared browsers cannot reach the networks of this server',
  }),
  notRunning,
  /** To staff, who act on what is there. */
  notRunningNow: notRunning.withStatus(409),
  alreadyRunning: defineError({
    code: 'ERR_BROWSER_RUNNING',
    status: 409,
    message: 'The browser of this chat is running',
  }),
  previewOff: defineError({
    code: 'ERR_PREVIEW_OFF',
    status: 403,
    message: 'This chat shows no preview of its browser',
  }),
  notHost: forbidden.saying('Only the person who drives the browser, or staff of the chat, may do this'),
  mayNotPaste: forbidden.saying('Only the chat’s owner, staff, and the person who drives the browser may do this'),
  noAnswer: unavailable.saying('The browser does not answer'),
  stopping: unavailable.saying('The server is stopping'),
  changed: conflict.saying('The browser was stopped while it started'),
};

/**
 * An engine's words as the sentence of a failure: a capital at its start, no full stop at its end, and nothing of what the
 * system said, which names files.
 */
export function asSentence(text: string): string {
  const words = text.replace(/:? \bE[A-Z]{3,}: .*$/s, '').trim();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace(/\.$/, '');
}
