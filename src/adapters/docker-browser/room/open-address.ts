import type { BrowserName } from '../../../ports/browser-engine.ts';

/** A browser that runs opens the address in a new tab when it is called once more with the same profile. */
const COMMANDS: Record<BrowserName, readonly string[]> = {
  chromium: ['chromium', '--no-sandbox', '--user-data-dir=/home/neko/.config/chromium'],
  brave: ['brave-browser', '--no-sandbox', '--user-data-dir=/home/neko/.config/brave'],
  firefox: ['firefox', '--profile', '/home/neko/.mozilla/firefox/profile.default', '--new-tab'],
  tor: [
    '/opt/tor-browser_en-US/Browser/firefox',
    '--profile',
    '/opt/tor-browser_en-US/Browser/TorBrowser/Data/Browser/profile.default',
    '--new-tab',
  ],
};

/** The command that opens an address in the running browser; undefined for what is none of the web. */
export function commandToOpen(browser: BrowserName, url: string): readonly string[] | undefined {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') return undefined;
  // As parsed: without spaces and quotes, and never an option.
  return [...COMMANDS[browser], parsed.href];
}
