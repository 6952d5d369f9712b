import { describe, expect, test } from 'bun:test';
import { unlock } from '../../src/adapters/egress/unlock.ts';
import { requireChromiums } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { startChromium } from './fenced-chromium.ts';
import { echoServer, openStage, PUBLIC } from './stage.ts';

const names = { 'site.test': [PUBLIC], 'other.test': [PUBLIC] };

describe.each(await requireChromiums())('$name', ({ path = '' }) => {
  test.skipIf(!path)('gets the credential once for all that it asks, and its page stays as it is', async () => {
    await using server = await echoServer();
    await using stage = await openStage({ names, behind: server.port });
    await using chromium = await startChromium(path, stage.gate.flags);
    await unlock(chromium.page, stage.gate);
    const { entries } = (await chromium.send('Page.getNavigationHistory')) as { entries: { url: string }[] };
    expect(entries.map(({ url }) => url)).toEqual(['about:blank']);

    await chromium.open('http://site.test/');
    const kinds = await chromium.run(async () => {
      const settled = (socket: WebSocket) =>
        new Promise((resolve) => socket.addEventListener('close', () => resolve('closed')));
      const code = `fetch('http://other.test/worker', { mode: 'no-cors' }).then(({ type }) => postMessage(type))`;
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      return Promise.all([
        fetch('http://other.test/', { mode: 'no-cors' }).then(({ type }) => type),
        new Promise((resolve) => worker.addEventListener('message', ({ data }) => resolve(data))),
        settled(new WebSocket('ws://other.test/')),
      ]);
    }, null);
    expect(kinds).toEqual(['opaque', 'opaque', 'closed']);
    // What Chromium itself asks for has no credential, and gets nothing.
    const asked = server.lines.map(({ text }) => text.split('\r\n')[1]);
    expect(asked.filter((host) => !/^Host: (site|other)\.test$/.test(host ?? ''))).toEqual([]);
    expect(stage.dialed).toContain(`${PUBLIC}:80`);
    expect(stage.looked.filter((name) => !(name in names))).toEqual([]);
  });

  const isLinux = process.platform === 'linux';
  test.skipIf(!path || !isLinux)('that has forgotten the credential is noticed, and can be told it again', async () => {
    await using server = await echoServer();
    let lockedOut = 0;
    await using stage = await openStage({ names, behind: server.port, events: { lockedOut: () => lockedOut++ } });
    await using chromium = await startChromium(path, stage.gate.flags);
    await unlock(chromium.page, stage.gate);
    expect(chromium.killNetworkProcess()).toBe(true);
    const before = lockedOut;
    const ask = () => chromium.send('Page.navigate', { url: 'http://site.test/' });
    // Until the new process asks, and is turned away.
    await eventually(async () => {
      await ask();
      return lockedOut > before;
    });
    expect(server.lines).toEqual([]);
    await unlock(chromium.page, stage.gate);
    await chromium.open('http://site.test/');
    expect(server.lines.length).toBeGreaterThan(0);
  });

  test.skipIf(!path)('that does not use the gate is told from one that does', async () => {
    await using stage = await openStage();
    await using other = await openStage();
    await using chromium = await startChromium(path, other.gate.flags);
    await expect(unlock(chromium.page, stage.gate)).rejects.toThrow('The browser does not use its proxy');
  });
});
