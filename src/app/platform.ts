import type { Config } from '../config/settings.ts';
import type { Beat, Timers } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Queries } from '../db/queries.ts';
import type { Units } from '../db/units.ts';
import type { Adapters } from './adapters.ts';

/** The dependencies that every module can ask for. */
export type Platform = Adapters & {
  config: Config;
  read: Queries;
  // biome-ignore lint/suspicious/noExplicitAny: each module tells its own events
  units: Units<any>;
  timers: Timers;
  clock: Timers;
  beat: Beat;
  random: Random;
  secret: Uint8Array;
  logger: Logger;
  startedAt: number;
};
