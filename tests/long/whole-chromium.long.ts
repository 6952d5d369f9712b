import { browserAsksPromises } from '../adapters/browser-asks.suite.ts';
import { browserEndPromises, browserSlowEndPromises } from '../adapters/browser-end.suite.ts';
import { browserEnginePromises } from '../adapters/browser-engine.suite.ts';
import { browserInputPromises } from '../adapters/browser-input.suite.ts';
import { chromiums, openEngine } from '../adapters/local-engines.ts';

const [first, ...others] = await chromiums();
// Of the first, which the other tests take, what takes long.
if (first) browserSlowEndPromises(first.kind, first.path);
for (const { kind, path } of others) {
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
  browserInputPromises(kind, () => openEngine({ chromium: path }));
  browserAsksPromises(kind, () => openEngine({ chromium: path }));
  browserEndPromises(kind, path);
  browserSlowEndPromises(kind, path);
}
