import { describe, expect, test } from 'bun:test';
import { EngineError, type RunningBrowser } from '../../src/ports/browser-engine.ts';
import { requireOwnDocker } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine, listening, requestOf } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';

const daemon = await requireOwnDocker();
const LATER = { withinMs: 30_000 };

describe.skipIf(!daemon)('a daemon that is restarted', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s tells its rooms that they have ended, and starts wait for it; further rooms are watched as before',
    async (signal) => {
      if (!daemon) return;
      const instance = signal === 'SIGTERM' ? 'cccc00000001' : 'cccc00000002';
      const engine = dockerEngine(daemon, { instance });
      const first = listening();
      await engine.start(requestOf(7), first.listener, first.progress);
      await daemon.stop(signal);
      await eventually(() => engine.problem !== undefined, LATER);
      const meanwhile = engine.start(requestOf(8), listening().listener, () => {});
      await daemon.start();
      expect(await first.gone).toContain('ended');
      await (await meanwhile).stop();
      expect(engine.problem).toBeUndefined();
      const second = listening();
      await engine.start(requestOf(7), second.listener, second.progress);
      const all = await containersOf(daemon, instance);
      expect(all.map(({ State }) => State)).toEqual(['running']);
      await daemon.docker.getContainer(all[0]?.Id ?? '').kill();
      await second.gone;
      expect(await containersOf(daemon, instance)).toEqual([]);
      await engine.close();
    },
  );
});

describe.skipIf(!daemon)('a daemon that dies', () => {
  test('in the middle of a start fails it, and what was made is removed when it is back', async () => {
    if (!daemon) return;
    const instance = 'cccc00000003';
    const engine = dockerEngine(daemon, { instance });
    const { listener } = listening();
    const died = Promise.withResolvers<void>();
    const starting = engine.start(requestOf(7), listener, ({ step }) => {
      if (step === 'boot') daemon.stop('SIGKILL').then(died.resolve, died.reject);
    });
    const started = await starting.catch((error: unknown) => error);
    await died.promise;
    // It may have been ready before the daemon died.
    if (!(started instanceof EngineError)) await (started as RunningBrowser).stop();
    await daemon.start();
    await eventually(async () => (await containersOf(daemon, instance)).length === 0, LATER);
    await engine.close();
  });
});

describe.skipIf(!daemon)('a daemon that stands still', () => {
  test('fails a start within seconds', async () => {
    if (!daemon) return;
    const engine = dockerEngine(daemon, { instance: 'cccc00000004' });
    const before = await engine.start(requestOf(7), listening().listener, () => {});
    await before.stop();
    daemon.freeze();
    const failure = await engine.start(requestOf(7), listening().listener, () => {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EngineError);
    expect((failure as Error).message).toEndWith('does not answer in time');
    daemon.thaw();
    const after = await engine.start(requestOf(7), listening().listener, () => {});
    await after.stop();
    await engine.close();
  });
});
