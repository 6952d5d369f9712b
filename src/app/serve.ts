import type { Config } from '../config/settings.ts';
import { SECOND_MS } from '../core/units.ts';
import { VERSION } from '../core/version.ts';
import { StartError, takeDataDir } from '../db/sqlite/data-dir.ts';
import type { Portal } from './create-portal.ts';
import { listen } from './listen.ts';
import { openPortal, serverLogger } from './open-portal.ts';
import { type ControlRequest, listenForCommands } from './operations/control-socket.ts';

type Options = {
  config: Config;
  /** Does what a command line asks of the running server. */
  perform(portal: Portal, request: ControlRequest): Promise<unknown>;
  /** Tells the person at the keyboard. */
  say(text: string): void;
};

const LAST_WORK_MS = 10 * SECOND_MS;

/** Runs everything until it is told to stop. Gives back the exit status. Throws {@link StartError}. */
export async function serve({ config, perform, say }: Options): Promise<number> {
  const logger = serverLogger(config);
  const dir = takeDataDir(config.server.dataDir);
  if (!dir) {
    throw new StartError(
      `Another Portal already runs on the data directory ${config.server.dataDir}. Stop it, or choose another with --data-dir.`,
    );
  }
  const portal = await openPortal(config, dir, logger).catch((error: unknown) => {
    dir.release();
    throw error;
  });
  const stopped = stopSignal();
  let running: ReturnType<typeof listen>;
  try {
    running = listen(portal);
  } catch (error) {
    await portal.close();
    throw error;
  }
  const control = listenForCommands(dir.path, (request) => perform(portal, request), logger);
  await portal.start();
  process.on('unhandledRejection', (error) => logger.error('a promise was left to fail', { error }));
  process.on('uncaughtException', (error) => logger.error('an exception was not caught', { error }));

  logger.info('listening', { url: running.url, version: VERSION, data_dir: dir.path });
  if (!config.limits.enabled) logger.warn('rate limits are off: this is for benchmarks alone');
  await greet(portal, running.url, say);

  const signal = await Promise.race([stopped, portal.database.failed]);
  if (signal) logger.info('stopping', { signal });
  else logger.error('stopping: nothing can be kept any more; start again once the disk is sound');
  await control.stop();
  await running.stop(LAST_WORK_MS);
  await portal.close();
  logger.info('stopped');
  return signal ? 0 : 1;
}

/** While the instance has no Owner: the way to become it. */
async function greet({ modules }: Portal, url: string, say: (text: string) => void): Promise<void> {
  if (await modules.auth.hasOwner()) return;
  say(
    `\nPortal runs at ${url}\n\n` +
      `Nobody owns this instance yet. To become its Owner, open this link within 30 minutes:\n\n` +
      `  ${url}/claim#${modules.claim.token}\n\n` +
      `API clients need this public key (portal public-key prints it again):\n\n  ${modules.instance.publicKey()}\n\n` +
      `API docs: ${url}/docs\n`,
  );
}

/** The first signal stops the server in good order; a second one ends it at once. */
function stopSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    });
  }
  return promise;
}
