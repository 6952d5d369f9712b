import { describe, expect, test } from 'bun:test';
import { LocalBrowserEngine } from '../../src/adapters/local-browser/local-browser-engine.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { BrowserListener } from '../../src/ports/browser-engine.ts';
import { requireChromiums } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { askAddresses, askByDatagrams, askInEveryWay, WAYS } from './leak-probes.ts';
import { openLeakStage, openSecrets, openSite } from './leak-stage.ts';

const noticed: string[] = [];
const listener: BrowserListener = {
  ...{ frame() {}, page() {}, notice() {}, dialog() {}, dialogClosed() {} },
  gone: (reason) => void noticed.push(reason),
};

describe.each(await requireChromiums())('a browser of the local engine with $name', ({ path = '' }) => {
  test.skipIf(!path)('reaches nothing of this machine, whatever its page tries', async () => {
    let places = '';
    // The page reports by asking for a path; a browser of the engine takes no orders from tests.
    await using site = openSite(
      () => `(async () => {
        await (${askAddresses})(${places});
        await (${askInEveryWay})(${places});
        const { candidates, protocols } = await (${askByDatagrams})(${places});
        await fetch('/done/' + candidates + '/' + protocols.includes('udp'));
      })()`,
    );
    await using secrets = await openSecrets();
    await using stage = await openLeakStage(site);
    places = JSON.stringify({ secret: secrets.port, site: site.port, udp: secrets.udpPort });
    const engine = new LocalBrowserEngine({
      ...{ chromium: path, sandbox: true, profiles: undefined, size: { width: 640, height: 360, fps: 10 } },
      ...{ memoryBytes: 2 ** 31, cpus: 2, fence: stage.fence, timers: systemTimers, logger: silentLogger },
    });
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => engine.close());
    const startUrl = `http://localhost:${site.port}/scripts`;
    await engine.start({ chatId: 1, browser: 'chromium', startUrl, kiosk: true }, listener, () => {});

    const isThere = (way: string) => stage.refused.has(`${way}.localhost`);
    // Prefetching over a proxy is what Chromium decides; the rest goes all ways.
    const wanted = [...WAYS, 'turn'].filter((way) => way !== 'prefetch');
    await eventually(() => wanted.every(isThere), {
      found: () => [wanted.filter((way) => !isThere(way)), site.asked, noticed],
    });
    const done = () => site.asked.find((asked) => asked.includes('/done/'));
    await eventually(() => done() !== undefined && stage.refused.has('127.0.0.3'));
    expect(done()).toBe(`localhost:${site.port}/done/0/false`);
    expect([secrets.reached, secrets.datagrams, stage.strays]).toEqual([[], 0, []]);
  });
});
