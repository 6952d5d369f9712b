import { browserAsksPromises } from './browser-asks.suite.ts';
import { bothEnginesPromise } from './browser-both.suite.ts';
import { mainOf, processesOf } from './browser-end.suite.ts';
import { browserEnginePromises } from './browser-engine.suite.ts';
import { browserInputPromises } from './browser-input.suite.ts';
import { chromiums, openEngine } from './local-engines.ts';

// The first one that the engine would take; the others have their turn in tests/long.
const [found] = await chromiums();
if (found) {
  const { kind, path } = found;
  browserEnginePromises(kind, () => openEngine({ chromium: path }));
  browserInputPromises(kind, () => openEngine({ chromium: path }));
  bothEnginesPromise(kind, async () => {
    const stage = openEngine({ chromium: path });
    return {
      ...stage,
      url: stage.site.url(stage.site.page('/page', 'a page')),
      leftovers: async () => processesOf(stage.profiles),
      crash: async () => void process.kill(mainOf(stage), 'SIGKILL'),
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    };
  });
  browserAsksPromises(kind, () => openEngine({ chromium: path }));
}
