import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { createPortal } from '../../src/app/create-portal.ts';
import { type Listening, listen } from '../../src/app/listen.ts';
import { openWebFiles } from '../../src/app/web-files.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { prepareDatabase } from '../../src/db/database.ts';
import { takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import type { BrowserEngine } from '../../src/ports/browser-engine.ts';
import { type Caller, callerOf } from './caller.ts';
import { checkAnswers } from './checked-answers.ts';
import { checkEvents } from './checked-events.ts';
import { createGiven } from './given.ts';
import { newWalks, ownReader, ownUnits, refuseWalks } from './query-plans.ts';
import { TestTimers } from './test-timers.ts';

const shm = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
let template: Uint8Array | undefined;

/** The pages are built once for all portals of a run. */
const web = openWebFiles();

/** A migrated, empty database, made once and then copied: 0.4 ms. */
function writeTemplate(path: string): void {
  if (!template) {
    const folder = mkdtempSync(join(shm, 'portal-template-'));
    const dir = takeDataDir(folder);
    if (!dir) throw new Error('the template directory is taken');
    prepareDatabase(dir, silentLogger);
    dir.release();
    template = readFileSync(join(folder, DATABASE_FILE));
    rmSync(folder, { recursive: true });
  }
  writeFileSync(path, template);
}

/** A test that needs the machine's own engine asks for it. */
const NO_ENGINE = { PORTAL_BROWSER_ENGINE: 'none' };

export type TestPortalOptions = {
  /** Environment variables; rate limits are off unless PORTAL_LIMITS says otherwise. */
  env?: Record<string, string>;
  /** An existing data directory, for restarts. */
  dataDir?: string;
  /** Run with the machine's clock: for tests over real sockets. */
  realTime?: boolean;
  /** Runs the shared browsers. By default there are none. */
  engine?: BrowserEngine;
};

export type TestPortal = Awaited<ReturnType<typeof testPortal>>;

/** The whole program in this process, with its own database and a clock that the test advances. Close it, or use `await using`. */
export async function testPortal({ env = {}, dataDir, realTime = false, engine }: TestPortalOptions = {}) {
  const folder = dataDir ?? mkdtempSync(join(shm, 'portal-test-'));
  const database = join(folder, DATABASE_FILE);
  if (!existsSync(database)) writeTemplate(database);
  const dir = takeDataDir(folder);
  if (!dir) throw new Error('the data directory is taken');
  const { config } = loadConfig({
    PORTAL_LIMITS: 'off',
    PORTAL_PORT: '0',
    PORTAL_DATA_DIR: folder,
    ...NO_ENGINE,
    ...env,
  });
  const timers = new TestTimers(realTime);
  const portal = await createPortal({ config, dir, logger: silentLogger, timers, random: systemRandom, web, engine });
  const refuseWrongAnswers = checkAnswers(portal.http);
  const refuseWrongEvents = checkEvents(portal.http, portal.transport);
  await portal.start();
  let listening: Listening | undefined;
  const fetch = (request: Request, ip = '127.0.0.1') => portal.http.dispatch(request, ip);
  timers.isBusy = () => portal.database.units.pending > 0;
  const given = createGiven(portal, timers);
  const reader = ownReader(database);

  async function close({ keep = false } = {}): Promise<void> {
    await listening?.stop(1000);
    reader.connection.close();
    await portal.close();
    const walks = newWalks(database);
    if (!keep) rmSync(folder, { recursive: true, force: true });
    refuseWalks(walks);
    refuseWrongAnswers();
    refuseWrongEvents();
  }

  return {
    ...portal,
    database: { ...portal.database, read: reader.db, units: ownUnits(portal.database.units) },
    timers,
    given,
    dataDir: folder,
    /** Answers one request as if it came from `ip`. */
    fetch,
    /** A caller without session or key. */
    nobody: callerOf(fetch, {}),
    /** A client of the instance, with its public key. */
    client: callerOf(fetch, { 'x-api-key': portal.modules.publicKey.current() }),
    /** Calls with this session's token. */
    as: (session: { token: string }): Caller => callerOf(fetch, { authorization: `Bearer ${session.token}` }),
    /** Calls with the session's cookie, as a browser does. */
    browserOf: (session: { token: string }): Caller => callerOf(fetch, { cookie: `psession=${session.token}` }),
    /** Calls with this API key. */
    holding: (apiKey: string): Caller => callerOf(fetch, { 'x-api-key': apiKey }),
    /** Listens on a free port of the loopback address; gives back the base address. */
    listen(): string {
      listening ??= listen(portal);
      return `http://127.0.0.1:${listening.port}`;
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
