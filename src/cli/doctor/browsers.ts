import { checkBrowsers } from '../../app/browser-check.ts';
import type { Config } from '../../config/settings.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

const ADVICE = 'docs/browser.md says what shared browsers need.';
const WITHOUT = 'PORTAL_BROWSER_ENGINE=none, if chats need no shared browser.';

/** Checks the engine of the shared browsers. `isFenceProved`: also by starting containers. */
export async function lookAtBrowsers(config: Config, isFenceProved: boolean): Promise<Finding[]> {
  if (config.browser.engine === 'none') return [ok('browsers', 'none, by PORTAL_BROWSER_ENGINE')];
  const { engine, missing = '', isWanted, maxRunning, checks } = await checkBrowsers(config, { isFenceProved });
  if (engine === null) return [(isWanted ? failure : warning)('browsers', missing, WITHOUT)];
  return [
    ok('browsers', `engine ${engine}, at most ${maxRunning} at a time`),
    ...checks.map(({ name, ok: isWell, detail }) => {
      const about = name.toLowerCase();
      return isWell ? ok(about, detail) : failure(about, detail, ADVICE);
    }),
  ];
}
