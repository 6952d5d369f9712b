import { browserAsksPromises } from './browser-asks.suite.ts';
import { browserEnginePromises } from './browser-engine.suite.ts';
import { browserInputPromises } from './browser-input.suite.ts';
import { chromiums, openEngine } from './local-engines.ts';

// The first one that the engine would take; the others have their turn in tests/long.
const [found] = await chromiums();
if (found) {
  const { kind, path } = found;
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
  browserInputPromises(kind, () => openEngine({ chromium: path }));
  browserAsksPromises(kind, () => openEngine({ chromium: path }));
}
