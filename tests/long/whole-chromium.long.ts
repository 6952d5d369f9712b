import { browserAsksPromises } from '../adapters/browser-asks.suite.ts';
import { browserEndPromises } from '../adapters/browser-end.suite.ts';
import { browserEnginePromises } from '../adapters/browser-engine.suite.ts';
import { browserInputPromises } from '../adapters/browser-input.suite.ts';
import { chromiums, openEngine } from '../adapters/local-engines.ts';

// All but the first, which the other tests take.
const [, ...others] = await chromiums();
for (const { kind, path } of others) {
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
  browserInputPromises(kind, () => openEngine({ chromium: path }));
  browserAsksPromises(kind, () => openEngine({ chromium: path }));
  browserEndPromises(kind, path);
}
