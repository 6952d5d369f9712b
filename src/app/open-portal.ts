import { LogOutput } from '../adapters/system/log-output.ts';
import { systemRandom } from '../adapters/system/system-random.ts';
import { systemTimers } from '../adapters/system/system-timers.ts';
import type { Config } from '../config/settings.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import type { DataDir } from '../db/sqlite/data-dir.ts';
import { createPortal, type Portal } from './create-portal.ts';
import { openWebFiles } from './web-files.ts';

/** The whole program on the system clock, over a data directory that this process holds. */
export function openPortal(config: Config, dir: DataDir, logger: Logger): Promise<Portal> {
  return createPortal({ config, dir, logger, timers: systemTimers, random: systemRandom, web: openWebFiles() });
}

/** The log of a running server: one record a line on stdout. */
export function serverLog({ log }: Config): { logger: Logger; flush(withinMs: number): Promise<void> } {
  const format = log.format ?? (process.stdout.isTTY ? 'text' : 'json');
  const output = new LogOutput(process.stdout, (count) => logger.warn('log lines were lost', { count }));
  const logger = createLogger({
    level: log.level,
    format,
    now: systemTimers.now,
    write: (line) => output.write(line),
  });
  return { logger, flush: (withinMs) => output.flush(withinMs) };
}
