import { expect } from 'bun:test';
import type { OwnDockerDaemon } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine, listening, requestOf } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';

const INSTANCES = { SIGTERM: 'cccc00000001', SIGKILL: 'cccc00000002' } as const;

/** The daemon ends under a room and comes back: the room is told, starts wait, and the next room is watched again. */
export async function restarts(daemon: OwnDockerDaemon | undefined, signal: keyof typeof INSTANCES): Promise<void> {
  if (!daemon) return;
  const instance = INSTANCES[signal];
  const engine = dockerEngine(daemon, { instance });
  const first = listening();
  await engine.start(requestOf(7), first.listener, first.progress);
  await daemon.stop(signal);
  await eventually(() => engine.problem !== undefined);
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
}
