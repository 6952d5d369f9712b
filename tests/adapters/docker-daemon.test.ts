import { describe, expect, test } from 'bun:test';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { EngineError, type RunningBrowser } from '../../src/ports/browser-engine.ts';
import { requireOwnDocker } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine, listening, requestOf } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';
import { restarts } from './docker-restart.ts';

const daemon = await requireOwnDocker();
const LATER = { withinMs: 30_000 };
const tenTimesSooner = (delayMs: number, act: () => void) => systemTimers.after(delayMs / 10, act);

describe.skipIf(!daemon)('a daemon that is restarted', () => {
  test('by SIGKILL tells its rooms that they have ended, and starts wait for it; further rooms are watched as before', () =>
    restarts(daemon, 'SIGKILL'));
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
  test('fails a start, and the next one runs when it goes on', async () => {
    if (!daemon) return;
    const instance = 'cccc00000004';
    const hasty = dockerEngine(daemon, { instance, timers: { ...systemTimers, after: tenTimesSooner } });
    daemon.freeze();
    const failure = await hasty.start(requestOf(7), listening().listener, () => {}).catch((error: unknown) => error);
    daemon.thaw();
    expect(failure).toBeInstanceOf(EngineError);
    expect((failure as Error).message).toEndWith('does not answer in time');
    await hasty.close();
    const engine = dockerEngine(daemon, { instance });
    const after = await engine.start(requestOf(7), listening().listener, () => {});
    await after.stop();
    await engine.close();
  });
});
