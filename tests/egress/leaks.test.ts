import { describe, expect, test } from 'bun:test';
import { unlock } from '../../src/adapters/egress/unlock.ts';
import { requireChromiums } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { startChromium } from './fenced-chromium.ts';
import { askAddresses, askByDatagrams, askInEveryWay, type Places, WAYS } from './leak-probes.ts';
import { openLeakStage, openSecrets, openSite } from './leak-stage.ts';

/** A browser on a page of the site. `keep` says which flags of the fence it is started with. */
async function stageWith(path: string, keep: (flag: string) => boolean = () => true) {
  const stack = new AsyncDisposableStack();
  const site = stack.use(openSite());
  const secrets = stack.use(await openSecrets());
  const stage = stack.use(await openLeakStage(site));
  const chromium = stack.use(await startChromium(path, stage.gate.flags.filter(keep)));
  await unlock(chromium.page, stage.gate);
  await chromium.open(`http://localhost:${site.port}/`);
  const places: Places = { secret: secrets.port, site: site.port, udp: secrets.udpPort };
  return { site, secrets, stage, chromium, places, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The ways whose hosts are named in texts. */
const waysIn = (texts: Iterable<string>) => {
  const found = new Set([...texts].map((text) => /([\w-]+)\.localhost/.exec(text)?.[1]));
  return WAYS.filter((way) => found.has(way));
};

describe.each(await requireChromiums())('$name behind the fence', ({ path = '' }) => {
  test.skipIf(!path)('reaches nothing of this machine, whatever a page tries', async () => {
    await using given = await stageWith(path);
    const { chromium, stage, secrets, places, site } = given;
    const answers = await chromium.run(askAddresses, places);
    await chromium.run(askInEveryWay, places);
    // Each way has been gone, and has ended at the fence.
    await eventually(() => waysIn(stage.refused).length === WAYS.length, {
      found: () => WAYS.filter((way) => !waysIn(stage.refused).includes(way)),
    });
    const { candidates, protocols } = await chromium.run(askByDatagrams, places);
    // TURN over TCP, and TCP to an address that the other side gave, are tunnels: the fence sees them.
    await eventually(() => ['turn.localhost', '127.0.0.3'].every((host) => stage.refused.has(host)));
    expect({ candidates, isSending: protocols.includes('udp') }).toEqual({ candidates: 0, isSending: false });
    expect([secrets.reached, secrets.datagrams, stage.strays]).toEqual([[], 0, []]);
    expect(answers.filter((answer) => /^(open|basic|cors|default) /.test(answer))).toEqual([]);
    // And the site, which is on this machine as well, was reached through it.
    expect(site.asked).toContain(`localhost:${site.port}/`);
  });

  test.skipIf(!path)('cannot be led there by a redirect, a refresh or a name that changes', async () => {
    await using given = await stageWith(path);
    const { chromium, stage, secrets, site, places } = given;
    const target = encodeURIComponent(`http://127.0.0.1:${places.secret}/`);
    const home = `http://localhost:${site.port}`;
    const words = () => chromium.run(() => document.body.textContent, null);
    for (const url of [
      `http://127.0.0.1:${places.secret}/`,
      `http://[::1]:${places.secret}/`,
      `http://loop.test:${places.secret}/`,
      `http://mixed.test:${places.secret}/`,
      ...[301, 302, 303, 307, 308].map((status) => `${home}/to?status=${status}&to=${target}`),
    ]) {
      await chromium.open(url);
      // A sentence for the people in front of it.
      expect(await words()).toMatch(/^\S+ is not open to the shared browser: /);
    }
    await chromium.open('http://rebind.test/');
    const ask = (url: string) => fetch(url).then(({ status }) => status);
    expect(await chromium.run(ask, '/again')).toBe(403);
    expect(await chromium.run(ask, '/again')).toBe(403);
    expect(site.asked.filter((asked) => asked.startsWith('rebind.test'))).toEqual(['rebind.test/']);
    await chromium.open('http://public.test/');
    expect(site.asked).toContain('public.test/');
    expect([secrets.reached, secrets.datagrams, stage.strays]).toEqual([[], 0, []]);
  });
});

describe.each(await requireChromiums())(
  'without it, so that the tests above mean something, $name',
  ({ path = '' }) => {
    test.skipIf(!path)('reaches this machine past its proxy', async () => {
      await using given = await stageWith(path, (flag) => !/proxy-bypass-list|host-resolver-rules/.test(flag));
      const { chromium, stage, secrets, places } = given;
      await chromium.run(askAddresses, places);
      await chromium.run(askInEveryWay, places);
      chromium.run(askByDatagrams, places).catch(() => {});
      const reached = () => waysIn(secrets.reached.map(({ text }) => text));
      await eventually(() => reached().length === WAYS.length, {
        found: () => WAYS.filter((way) => !reached().includes(way)),
      });
      // TURN over TCP, or a candidate of TCP.
      await eventually(() => secrets.reached.some(({ text }) => text === 'STUN '));
      expect(waysIn(stage.refused)).toEqual([]);
      const texts = secrets.reached.map(({ text }) => text);
      for (const host of ['127.0.0.1', 'localhost', 'foo.localhost', '127.0.0.2', '[::ffff:7f00:1]']) {
        expect(texts).toContain(`GET /http ${host}:${places.secret}`);
      }
    });

    test.skipIf(!path)('sends datagrams', async () => {
      await using given = await stageWith(path, (flag) => !flag.includes('webrtc'));
      const { chromium, secrets, places } = given;
      // It asks again and again for most of a minute: the first datagram is enough.
      chromium.run(askByDatagrams, places).catch(() => {});
      await eventually(() => secrets.datagrams > 0);
    });
  },
);
