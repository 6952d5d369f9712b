import { describe, expect, test } from 'bun:test';
import { Docker } from '../../src/adapters/docker-browser/docker.ts';
import { Images, imageProblem } from '../../src/adapters/docker-browser/images.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { NEKO_LABELS, requireDocker } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine, listening, requestOf } from '../support/docker-engine.ts';
import { imageRegistry } from '../support/image-registry.ts';
import { eventually } from '../support/waiting.ts';

const daemon = await requireDocker();
const host = daemon?.host ?? '';
const API = 'net.m1k1o.neko.api-version';
const VERSION = 'org.opencontainers.image.version';

function imagesOf() {
  const docker = new Docker({ host, timers: systemTimers });
  return new Images({ docker, isUnchecked: false, timers: systemTimers });
}

describe.skipIf(!daemon)('an image that is not there', () => {
  test('is pulled once for all who ask, who hear how far it is', async () => {
    await using registry = await imageRegistry(NEKO_LABELS);
    const image = registry.image.replace('{browser}', 'chromium');
    const images = imagesOf();
    const release = registry.hold();
    const heard: [unknown[], unknown[]] = [[], []];
    const both = heard.map((list) => images.require(image, (percent) => list.push(percent)));
    await eventually(() => heard.every((list) => list.some((percent) => Number(percent) > 0)), { withinMs: 20_000 });
    release();
    await Promise.all(both);
    expect(registry.pulls).toBe(1);
    for (const list of heard) {
      expect(list.at(-1)).toBe(100);
      expect(list).toEqual(list.toSorted((a, b) => Number(a) - Number(b)));
    }
    await images.require(image, () => expect.unreachable());
    await daemon?.docker.getImage(image).remove();
  });

  test.each([
    ['unknown', 'there is no such image'],
    ['denies', 'the registry does not give this image to everybody'],
    ['limits', 'the registry answers no more requests of this address for now'],
    ['other content', ''],
  ] as const)(
    'and that the registry %s fails the start with that reason, and the next start tries afresh',
    async (mood, why) => {
      await using registry = await imageRegistry(NEKO_LABELS);
      registry.be(mood);
      const instance = 'bbbb00000001';
      const engine = dockerEngine({ ...daemon, image: registry.image } as never, { instance });
      const { listener, progress, steps } = listening();
      const failure = await engine.start(requestOf(7), listener, progress).catch((error: Error) => error);
      expect((failure as Error).message).toStartWith(
        `The image ${registry.image.replace('{browser}', 'chromium')} could not be pulled${why ? `: ${why}` : ''}`,
      );
      expect(steps.filter((step) => step !== 'pull')).toEqual([]);
      if (daemon) expect(await containersOf(daemon, instance)).toEqual([]);
      registry.be('gives');
      const image = registry.image.replace('{browser}', 'chromium');
      await imagesOf().require(image, () => {});
      await daemon?.docker.getImage(image).remove();
      await engine.close();
    },
  );

  test('and whose registry is away is said to be so', async () => {
    const engine = dockerEngine({ ...daemon, image: '127.0.0.1:9/neko/{browser}:1' } as never);
    const { listener, progress } = listening();
    const failure = await engine.start(requestOf(7), listener, progress).catch((error: Error) => error);
    expect((failure as Error).message).toBe(
      'The image 127.0.0.1:9/neko/chromium:1 could not be pulled: the registry does not answer',
    );
    await engine.close();
  });
});

describe('an image is refused', () => {
  test.each([
    ['that is too old', { [API]: '3', [VERSION]: '3.1.1' }, 'is n.eko 3.1.1, and Portal needs 3.1.2 or newer'],
    ['of the version before', { [VERSION]: 'v2.9.0' }, 'is n.eko v2.9.0'],
    ['with another API', { [API]: '2', [VERSION]: '3.1.5' }, 'is n.eko with API version 2'],
    ['that says nothing', {}, 'PORTAL_BROWSER_IMAGE_UNCHECKED=1'],
    ['that says nothing of n.eko', { [VERSION]: 'bookworm' }, 'PORTAL_BROWSER_IMAGE_UNCHECKED=1'],
  ])('%s', (_what, labels, why) => {
    expect(imageProblem('neko:1', labels as Record<string, string>, false)).toContain(why);
  });

  test('by its labels alone', () => {
    expect(imageProblem('neko:1', NEKO_LABELS, false)).toBeUndefined();
    expect(imageProblem('neko:1', { [API]: '3' }, false)).toBeUndefined();
    expect(imageProblem('neko:1', { [VERSION]: '3.1.10' }, false)).toBeUndefined();
    expect(imageProblem('neko:1', {}, true)).toBeUndefined();
    expect(imageProblem('neko:1', { [API]: '2' }, true)).toContain('API version 2');
  });

  test.skipIf(!daemon)('at the start', async () => {
    await daemon?.addImage('portal.test/old/chromium:1', { [API]: '3', [VERSION]: '3.0.0' });
    const engine = dockerEngine({ ...daemon, image: 'portal.test/old/{browser}:1' } as never);
    const { listener, progress } = listening();
    const failure = await engine.start(requestOf(7), listener, progress).catch((error: Error) => error);
    expect((failure as Error).message).toContain('is n.eko 3.0.0, and Portal needs 3.1.2 or newer');
    await engine.close();
  });
});
