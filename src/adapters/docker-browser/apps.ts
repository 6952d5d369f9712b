import { BROWSERS, type BrowserName } from '../../ports/browser-engine.ts';

/** A browser as n.eko's images have it. */
export type App = {
  /** In the name of the image. */
  image: string;
  /** Chromium's kind of managed policy, or Firefox's. */
  policies: 'chromium' | 'firefox';
  policyFile: string;
  /** Where it is said how the browser is started. */
  programFile: string;
};

export const APPS: Record<BrowserName, App> = {
  chromium: {
    image: 'chromium',
    policies: 'chromium',
    policyFile: '/etc/chromium/policies/managed/policies.json',
    programFile: '/etc/neko/supervisord/chromium.conf',
  },
  brave: {
    image: 'brave',
    policies: 'chromium',
    policyFile: '/etc/brave/policies/managed/policies.json',
    programFile: '/etc/neko/supervisord/brave.conf',
  },
  firefox: {
    image: 'firefox',
    policies: 'firefox',
    policyFile: '/usr/lib/firefox/distribution/policies.json',
    programFile: '/etc/neko/supervisord/firefox.conf',
  },
  tor: {
    image: 'tor-browser',
    policies: 'firefox',
    policyFile: '/opt/tor-browser_en-US/Browser/distribution/policies.json',
    programFile: '/etc/neko/supervisord/tor-browser.conf',
  },
};

const PLACE = '{browser}';

/** The name of the image of a browser. */
export const imageOf = (template: string, browser: BrowserName): string =>
  template.replaceAll(PLACE, APPS[browser].image);

/** The browsers that a template has images for. One without a place for the name is of the browser that it names. */
export function browsersOf(template: string): readonly BrowserName[] {
  if (template.includes(PLACE)) return BROWSERS;
  const named = BROWSERS.filter((browser) => template.includes(APPS[browser].image));
  return named.length > 0 ? named : ['chromium'];
}
