import { describe, expect, test } from 'bun:test';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { restarts } from '../adapters/docker-restart.ts';
import { comesBackAfter, daemon } from '../realtime/docker-house.ts';
import { requireOwnDocker } from '../support/docker-daemon.ts';
import { dockerEngine, listening, requestOf } from '../support/docker-engine.ts';

const own = await requireOwnDocker();

test.skipIf(!daemon)('lines to a container come back after one that stands still', () => comesBackAfter('pause'));

describe.skipIf(!own)('a daemon of Docker', () => {
  test('that is restarted by SIGTERM tells its rooms that they have ended, and starts wait for it; further rooms are watched as before', () =>
    restarts(own, 'SIGTERM'));

  test('that stands still fails a start within seconds', async () => {
    if (!own) return;
    const engine = dockerEngine(own, { instance: 'cccc00000005' });
    const before = await engine.start(requestOf(7), listening().listener, () => {});
    await before.stop();
    own.freeze();
    const failure = await engine.start(requestOf(7), listening().listener, () => {}).catch((error: unknown) => error);
    own.thaw();
    expect(failure).toBeInstanceOf(EngineError);
    expect((failure as Error).message).toEndWith('does not answer in time');
    const after = await engine.start(requestOf(7), listening().listener, () => {});
    await after.stop();
    await engine.close();
  });
});
