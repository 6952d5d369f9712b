import { systemTimers } from '../adapters/system/system-timers.ts';
import type { Config } from '../config/settings.ts';
import { SECOND_MS } from '../core/durations.ts';
import { asStarted } from '../core/started-as.ts';
import { VERSION } from '../core/version.ts';
import { StartError, takeDataDir } from '../db/sqlite/data-dir.ts';
import type { Portal } from './create-portal.ts';
import { dataDirGone } from './data-dir-watch.ts';
import { greeting } from './greeting.ts';
import { type Listening, listen } from './listen.ts';
import { openPortal, serverLog } from './open-portal.ts';
import type { ControlRequest } from './operations/control-protocol.ts';
import { listenForCommands } from './operations/control-socket.ts';
import { type End, Ending, watchForEnd } from './server-end.ts';

type Options = {
  config: Config;
  /** Performs a command sent over the control socket. */
  perform(portal: Portal, request: ControlRequest, running: Listening): Promise<unknown>;
  /** Prints to the operator's terminal. */
  say(text: string): void;
};

const LAST_WORK_MS = 10 * SECOND_MS;
const NOT_THERE = 'the data directory is no longer where it was; put it back, then start again';
const NOTHING_KEPT = 'nothing can be kept any more; start again once the disk is sound';

/** Runs the server until it is told to stop. Returns the exit status. Throws {@link StartError}. */
export async function serve({ config, perform, say }: Options): Promise<number> {
  const { logger, flush } = serverLog(config);
  using dir = takeDataDir(config.server.dataDir);
  if (!dir) {
    throw new StartError(
      `Another Portal already runs on the data directory ${config.server.dataDir}. Stop it, or choose another with --data-dir.`,
    );
  }
  const end = watchForEnd(logger);
  const portal = await openPortal(config, dir, logger);
  await using ending = new Ending(logger);
  ending.add('close', () => portal.close());
  // Only the account that started the program may bind ports below 1024.
  const running = asStarted(() => listen(portal));
  ending.add('requests', () => running.stop(LAST_WORK_MS));
  const control = listenForCommands(dir.path, (request) => perform(portal, request, running), logger);
  ending.add('commands', () => control.stop(LAST_WORK_MS));
  await portal.start();

  logger.info('listening', { url: running.url, version: VERSION, data_dir: dir.path });
  if (!config.limits.enabled) logger.warn('rate limits are off: this is for benchmarks alone');
  const text = await greeting(portal, running);
  if (text) say(text);

  const because = (reason: string) => (): End => ({ status: 1, fields: { reason } });
  const why = await Promise.race([
    end,
    portal.database.failed.then(because(NOTHING_KEPT)),
    dataDirGone(dir, systemTimers).then(because(NOT_THERE)),
  ]);
  logger[why.status === 0 ? 'info' : 'error']('stopping', why.fields);
  const isClean = await ending.run();
  logger.info('stopped');
  await flush(SECOND_MS);
  return isClean ? why.status : 1;
}
