import { browserEnginePromises } from './browser-engine.suite.ts';
import { chromiums, openEngine } from './local-engines.ts';

for (const { kind, path } of await chromiums()) {
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
}
