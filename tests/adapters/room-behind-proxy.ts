import { untilHealthy } from '../../src/adapters/docker-browser/health.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { roomStage } from './neko-room.ts';

/** A program of its own, since a proxy is named by its environment: waits for an n.eko, opens its room, and watches. */
await using stage = await roomStage();
const { promise: tooLate, reject } = Promise.withResolvers<never>();
const cancel = systemTimers.after(10_000, () => reject(new Error('n.eko was not reached')));
await untilHealthy(stage.neko.address, systemTimers, tooLate);
cancel();
await (await stage.page('1.1')).watch(stage.neko);
console.log('watched');
