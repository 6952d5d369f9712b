import { EngineError } from '../ports/browser-engine.ts';

const LONGEST = 2048;

/**
 * The one gate to the address line. Chromium itself opens `file:`, `view-source:` and `javascript:` for the one who holds its
 * DevTools; pages cannot.
 *
 * @throws EngineError for what is not a plain web address
 */
export function webAddress(text: string): string {
  if (text.length > LONGEST) throw new EngineError(`The address is longer than ${LONGEST} characters`);
  const url = URL.parse(text);
  if (url === null) throw new EngineError('This is not an address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EngineError('Only addresses that begin with http:// or https:// can be opened');
  }
  if (url.username !== '' || url.password !== '') {
    throw new EngineError('An address must not contain a name or a password');
  }
  if (url.href.length > LONGEST) throw new EngineError(`The address is longer than ${LONGEST} characters`);
  return url.href;
}

/** The same without an exception. */
export function isWebAddress(text: string): boolean {
  try {
    return webAddress(text) !== '';
  } catch {
    return false;
  }
}

/** For notices: the host of an address, or null if it has none. */
export function hostOf(text: string): string | null {
  return URL.parse(text)?.host || null;
}
