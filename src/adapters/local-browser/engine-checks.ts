import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Timers } from '../../core/clock.ts';
import { MIB } from '../../core/durations.ts';
import { systemSentence } from '../../core/system-errors.ts';
import type { EngineCheck } from '../../ports/browser-engine.ts';
import { type Chromium, findChromium, versionOf } from './chromium-binary.ts';
import { chromiumFlags } from './chromium-flags.ts';
import { ChromiumProcess } from './chromium-process.ts';
import { ControlGroups } from './control-groups.ts';
import type { Identity } from './identity.ts';
import { Profiles } from './profiles.ts';

type Options = {
  chromium: string | undefined;
  sandbox: boolean;
  size: { width: number; height: number };
  identity: Identity | undefined;
  /** Where profiles go. */
  folder: string;
  timers: Timers;
};

const SHARED_MEMORY = '/dev/shm';
/** Docker gives 64 MiB, which one large page fills. */
const ENOUGH_SHARED = 256 * MIB;
const START_MS = 5000;

/** Looks at what browsers need, by starting one. */
export async function checkEngine(options: Options): Promise<EngineCheck[]> {
  const { chromium: chosen, timers } = options;
  let chromium: Chromium;
  let version: string;
  try {
    chromium = findChromium(chosen);
    version = await versionOf(chromium, timers);
  } catch (error) {
    return [{ name: 'Chromium', ok: false, detail: (error as Error).message }];
  }
  return [
    { name: 'Chromium', ok: true, detail: `${chromium.path}, version ${version}` },
    checkProfiles(options.folder),
    await checkStart(options, chromium, version),
    checkSharedMemory(),
    checkBounds(),
  ];
}

/** Without it Chromium is told to use files of its profile instead. */
export function hasSharedMemory(): boolean {
  if (!existsSync(SHARED_MEMORY)) return process.platform !== 'linux';
  const { bsize, blocks } = statfsSync(SHARED_MEMORY);
  return bsize * blocks >= ENOUGH_SHARED;
}

async function checkStart(options: Options, chromium: Chromium, version: string): Promise<EngineCheck> {
  const { sandbox, size, identity, folder, timers } = options;
  const name = 'Sandbox';
  const profiles = new Profiles({ folder, identity, timers });
  let running: ChromiumProcess | undefined;
  try {
    const profile = profiles.make();
    const hasShared = hasSharedMemory();
    const flags = chromiumFlags({
      ...{ chromium, version, profile, ...size },
      ...{ hasSandbox: sandbox, hasSharedMemory: hasShared, fence: NO_WAY_OUT },
    });
    running = await ChromiumProcess.start({ path: chromium.path, flags, profile, identity, timers, enclose() {} });
    await running.pipe.send('Browser.getVersion', {}, { withinMs: START_MS });
    const who = identity ? `as user ${identity.uid}` : 'as the user of the server';
    const detail = sandbox ? `on; Chromium starts, ${who}` : `off by PORTAL_BROWSER_SANDBOX; Chromium starts, ${who}`;
    return { name, ok: true, detail };
  } catch (error) {
    return { name, ok: false, detail: (await running?.lastWords()) ?? (error as Error).message };
  } finally {
    await running?.stop();
    await profiles.close();
  }
}

/** It opens nothing, and even what it does by itself leads nowhere. */
const NO_WAY_OUT = [
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--proxy-server=http://127.0.0.1:9',
  '--proxy-bypass-list=<-loopback>',
];

function checkProfiles(folder: string): EngineCheck {
  const name = 'Profiles';
  try {
    rmSync(mkdtempSync(join(folder, 'portal-check-')), { recursive: true });
    return { name, ok: true, detail: folder };
  } catch (error) {
    return { name, ok: false, detail: `${folder} cannot be written to. ${systemSentence(error) ?? String(error)}` };
  }
}

function checkSharedMemory(): EngineCheck {
  const name = 'Shared memory';
  if (hasSharedMemory()) return { name, ok: true, detail: 'enough' };
  const detail = `less than ${ENOUGH_SHARED / MIB} MiB in ${SHARED_MEMORY}: browsers use files instead, which is slower`;
  return { name, ok: true, detail };
}

function checkBounds(): EngineCheck {
  const groups = new ControlGroups();
  groups.close();
  const detail = groups.isUsable
    ? 'memory and processor by a control group for each browser'
    : 'no control groups that the server may make: memory is watched every second, the processor is shared by priority';
  return { name: 'Bounds', ok: true, detail };
}
