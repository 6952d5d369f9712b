import { browserAsksPromises } from './browser-asks.suite.ts';
import { browserEnginePromises } from './browser-engine.suite.ts';
import { browserInputPromises } from './browser-input.suite.ts';
import { chromiums, openEngine } from './local-engines.ts';

for (const { kind, path } of await chromiums()) {
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
  browserInputPromises(kind, () => openEngine({ chromium: path }));
  browserAsksPromises(kind, () => openEngine({ chromium: path }));
}
