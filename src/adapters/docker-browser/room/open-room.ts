import type { Timers } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Random } from '../../../core/random.ts';
import {
  type BrowserListener,
  type BrowserName,
  EngineError,
  type RunningBrowser,
} from '../../../ports/browser-engine.ts';
import type { IceEntry } from './ice.ts';
import { NekoRoom } from './neko-room.ts';

export type RoomOptions = {
  /** Where n.eko answers, without a slash at the end: `http://172.30.0.5:8080`. */
  address: string;
  /** `NEKO_SESSION_API_TOKEN` of the container. */
  apiToken: string;
  browser: BrowserName;
  /** The address that the browser was started with; null for an empty page. */
  startUrl: string | null;
  /** The size of the screen, as asked for by `NEKO_DESKTOP_SCREEN`. */
  size: { width: number; height: number };
  /** What viewers get besides the room's own address. */
  ice: readonly IceEntry[];
  listener: BrowserListener;
  timers: Timers;
  random: Random;
  logger: Logger;
  /** Runs a command in the container as n.eko's user, with `DISPLAY` and `HOME`. Rejects when it cannot be run. */
  exec(command: readonly string[]): Promise<{ exitCode: number }>;
  /** Asked when n.eko does not answer: where it is now; undefined when the container does not run. */
  locate(): Promise<string | undefined>;
  /** Ends the container and removes all that belongs to it. Again: at once. */
  remove(): Promise<void>;
};

/** A room that is open. `stop` calls `remove`; so does a failure, before the listener hears of it. */
export type Room = RunningBrowser & {
  /** The container has ended. */
  failed(reason: string): void;
  /** Lets go of it: every line ends, and the container goes on. Nothing is told any more. */
  leave(): Promise<void>;
};

/**
 * Takes over an n.eko whose `/health` answers, a new one or one that an earlier run of the server left.
 *
 * @throws EngineError when n.eko does not do what it must; removing the container is up to the caller then
 */
export async function openRoom(options: RoomOptions): Promise<Room> {
  const room = new NekoRoom(options);
  try {
    await room.begin();
    return room;
  } catch (error) {
    room.abandon();
    throw new EngineError('The browser does not answer as n.eko does', { cause: error });
  }
}
