import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevToolsPipe } from '../../src/adapters/local-browser/devtools-pipe.ts';
import { runningProcesses } from '../../src/adapters/local-browser/system-processes.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { smallDisk } from '../support/small-disk.ts';
import { eventually } from '../support/waiting.ts';
import { BrowserViewer, click, heard, jpegSize, loaded, openRoom } from './browser-viewer.ts';
import { chromiums, type EngineStage, openEngine } from './local-engines.ts';

const found = await chromiums();
const disk = smallDisk(8);
const MIB = 1024 * 1024;
const REQUEST = { chatId: 1, browser: 'chromium', startUrl: null, kiosk: false } as const;

/** The processes of browsers with profiles in this directory: group leaders name their profile. */
function processesOf(profiles: string) {
  const all = runningProcesses() ?? [];
  const leaders = new Set(
    all.filter(({ pid, group }) => pid === group && commandLine(pid).includes(profiles)).map(({ pid }) => pid),
  );
  return all
    .filter(({ group }) => leaders.has(group))
    .map(({ pid, group }) => ({ pid, group, type: /--type=([\w-]+)/.exec(commandLine(pid))?.[1] ?? 'main' }));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const statusOf = (pid: number, name: string) =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s/) ?? [];

const mainOf = ({ profiles }: EngineStage) => processesOf(profiles).find(({ type }) => type === 'main')?.pid ?? 0;
const pagesOf = ({ profiles }: EngineStage) => processesOf(profiles).filter(({ type }) => type === 'renderer');

/** Nothing is left of a browser: no process, no profile. */
async function isGone({ profiles }: EngineStage, group: number): Promise<void> {
  await eventually(() => (runningProcesses() ?? []).every((one) => one.group !== group));
  await eventually(() => readdirSync(profiles).every((run) => readdirSync(join(profiles, run)).length === 0));
}

afterEach(() => {
  spyOn(DevToolsPipe.prototype, 'send').mockRestore();
});

describe.each(found)('the end of $kind', ({ path }) => {
  test('comes with stop: no process and no profile is left', async () => {
    await using stage = openEngine({ chromium: path });
    const room = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
    const main = mainOf(stage);
    expect(main).toBeGreaterThan(0);
    await room.browser.stop();
    expect(processesOf(stage.profiles)).toEqual([]);
    await isGone(stage, main);
  });

  test.each(['SIGKILL', 'SIGSTOP', 'SIGSEGV'] as const)(
    'by %s is noticed, told once, and cleared away',
    async (signal) => {
      await using stage = openEngine({ chromium: path });
      const { browser, viewer } = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
      const main = mainOf(stage);
      process.kill(main, signal);
      await eventually(() => viewer.goneFor.length > 0, { withinMs: 6000 });
      expect(viewer.goneFor).toHaveLength(1);
      await isGone(stage, main);
      const { told } = viewer;
      expect(browser.navigate({ url: stage.site.url('/') })).rejects.toBeInstanceOf(EngineError);
      expect(browser.readClipboard()).rejects.toBeInstanceOf(EngineError);
      browser.input([{ type: 'text', text: 'x' }]);
      browser.cast('full', true);
      await browser.stop();
      expect(viewer.told).toBe(told);
      await using next = await openRoom(stage.engine, stage.site, '/');
      expect(next.viewer.goneFor).toEqual([]);
    },
  );

  test('is what becomes of one that draws no more while somebody watches', async () => {
    await using stage = openEngine({ chromium: path });
    const { browser, viewer } = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
    browser.cast('full', true);
    await eventually(() => viewer.frames.length > 0);
    const main = mainOf(stage);
    for (const { pid, type } of processesOf(stage.profiles)) if (type === 'gpu-process') process.kill(pid, 'SIGSTOP');
    await eventually(() => viewer.goneFor.length > 0);
    await isGone(stage, main);
  });

  test('does not come by the death of a helper', async () => {
    await using stage = openEngine({ chromium: path });
    await using room = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
    const { browser, viewer } = room;
    for (const { pid, type } of processesOf(stage.profiles)) {
      if (['gpu-process', 'utility'].includes(type)) process.kill(pid, 'SIGKILL');
    }
    // The network is another one from now on, and has to hear the credential of its gate.
    const url = stage.site.url(stage.site.page('/next', "<script>say('next')</script>"));
    await eventually(async () => {
      await browser.navigate({ url }).catch(() => {});
      return browser.page.url === url;
    });
    await heard(stage.site, 'next');
    browser.cast('full', true);
    await eventually(() => viewer.frames.length > 0);
    expect(viewer.goneFor).toEqual([]);
  });

  test('of a page by a crash brings the page back, with pictures and a word', async () => {
    await using stage = openEngine({ chromium: path });
    const { site } = stage;
    site.page(
      '/',
      `here<script>say('loaded')</script><button style="position:absolute;inset:0;width:100%;height:100%" onclick="say('clicked')">x</button>`,
    );
    await using room = await openRoom(stage.engine, site, '/');
    const { browser, viewer } = room;
    browser.cast('full', true);
    await eventually(() => viewer.frames.length > 0);
    site.said.length = 0;
    const seen = viewer.frames.length;
    for (const { pid } of pagesOf(stage)) process.kill(pid, 'SIGKILL');
    expect(await viewer.noticed('crash')).toBe(`site.test:${site.port}`);
    await heard(site, 'loaded');
    await eventually(() => viewer.frames.length > seen);
    await loaded(browser, site.url('/'));
    click(browser, 400, 300);
    await heard(site, 'clicked');
    await browser.writeClipboard('works');
    expect(await browser.readClipboard()).toBe('works');
    expect(viewer.goneFor).toEqual([]);
  });

  test('of a window leaves the room with another one, with pictures and a word', async () => {
    await using stage = openEngine({ chromium: path });
    const { site } = stage;
    const send = spyOn(DevToolsPipe.prototype, 'send');
    site.page('/home', "home<script>say('home')</script>");
    await using room = await openRoom(stage.engine, site, '/home');
    const { browser, viewer } = room;
    const [pipe] = send.mock.contexts as DevToolsPipe[];
    const { targetInfos } = (await pipe?.send('Target.getTargets')) ?? {};
    const { targetId } = targetInfos.find(({ url }: { url: string }) => url === site.url('/home'));
    browser.cast('full', true);
    await eventually(() => viewer.frames.length > 0);
    site.said.length = 0;
    const seen = viewer.frames.length;
    await pipe?.send('Target.closeTarget', { targetId });
    await viewer.noticed('closed');
    await heard(site, 'home');
    await eventually(() => viewer.frames.length > seen);
    await loaded(browser, site.url('/home'));
    expect(jpegSize(await browser.capture({ quality: 50, width: 300 })).width).toBe(300);
    expect(viewer.goneFor).toEqual([]);
  });

  test('of the server by kill -9 leaves no process, and the next server removes the profile', async () => {
    await using stage = openEngine({ chromium: path });
    const script = join(import.meta.dir, 'server-with-browsers.ts');
    const server = Bun.spawn([process.execPath, script, path, stage.profiles], { stdout: 'pipe', stderr: 'inherit' });
    const reader = server.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('running\n');
    const groups = new Set(processesOf(stage.profiles).map(({ group }) => group));
    expect(groups.size).toBe(2);
    server.kill('SIGKILL');
    await server.exited;
    await eventually(() => (runningProcesses() ?? []).every(({ group }) => !groups.has(group)));
    expect(readdirSync(stage.profiles)).toHaveLength(1);
    await using room = await openRoom(stage.engine, stage.site, null);
    expect(room.viewer.goneFor).toEqual([]);
    expect(readdirSync(stage.profiles)).toHaveLength(1);
    await stage.engine.close();
    expect(readdirSync(stage.profiles)).toEqual([]);
  });
});

describe.if(found.length > 0)('a local browser', () => {
  test('runs as a user without rights, in its sandbox, and first to go when memory ends', async () => {
    await using stage = openEngine();
    await using _ = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
    const processes = processesOf(stage.profiles);
    expect(processes.length).toBeGreaterThan(3);
    const me = process.getuid?.() === 0 ? '65534' : String(process.getuid?.());
    for (const { pid } of processes) expect(statusOf(pid, 'Uid')[0]).toBe(me);
    for (const { pid } of processes) expect(statusOf(pid, 'CapEff')[0]).toMatch(/^0+$|^[0-9a-f]+$/);
    for (const { pid } of processes.filter(({ type }) => type === 'renderer'))
      expect(statusOf(pid, 'Seccomp')[0]).toBe('2');
    const main = mainOf(stage);
    expect(readFileSync(`/proc/${main}/oom_score_adj`, 'utf8').trim()).toBe('1000');
    const environment = readFileSync(`/proc/${main}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(environment.map((line) => line.slice(0, line.indexOf('='))).toSorted()).toEqual(
      ['DBUS_SESSION_BUS_ADDRESS', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'].filter(
        (name) => environment.some((line) => line.startsWith(`${name}=`)),
      ),
    );
  });

  test('that takes more memory than it may loses the page that takes it, and goes on', async () => {
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
    await using stage = openEngine({ memoryBytes: 500 * MIB, logger });
    const { site } = stage;
    const greedy = `<script>
      const all = [];
      const take = () => { all.push(new Uint8Array(20e6).fill(7)); requestAnimationFrame(take) };
      take();
    </script>`;
    await using room = await openRoom(stage.engine, site, site.page('/small', 'small'));
    await room.browser.navigate({ url: site.url(site.page('/greedy', greedy)) });
    await room.viewer.noticed('crash');
    expect(warnings.length).toBeGreaterThan(0);
    // Opened again it would do the same: after the second time the page is an empty one.
    await eventually(() => room.browser.page.url === '');
    await eventually(async () => {
      await room.browser.navigate({ url: site.url('/small') }).catch(() => {});
      return room.browser.page.url === site.url('/small');
    });
    expect(room.viewer.goneFor).toEqual([]);
  });

  test('says in the page that it did not come, and to the one who opened it', async () => {
    await using stage = openEngine();
    await using room = await openRoom(stage.engine, stage.site, null);
    expect(room.browser.navigate({ url: 'https://site.test:1/' })).rejects.toThrow(/must not be opened/);
    await eventually(() => room.browser.page.title === 'site.test:1', { found: () => room.browser.page });
    expect(room.browser.page.url).toBe('https://site.test:1/');
  });

  test('lets everyone leave a page of which the process was stopped', async () => {
    await using stage = openEngine();
    const { site } = stage;
    await using room = await openRoom(stage.engine, site, site.page('/', 'x'));
    const { browser, viewer } = room;
    browser.cast('full', true);
    await eventually(() => viewer.frames.length > 0);
    for (const { pid } of pagesOf(stage)) process.kill(pid, 'SIGSTOP');
    const url = site.url(site.page('/next', "<script>say('next')</script>next"));
    await browser.navigate({ url });
    await heard(site, 'next');
    const seen = viewer.frames.length;
    await loaded(browser, url);
    await eventually(() => viewer.frames.length > seen || viewer.of('full').length > 1);
    expect(viewer.goneFor).toEqual([]);
    expect(viewer.notices).toEqual([]);
  });

  test('dismisses what nobody answers', async () => {
    let ring = () => {};
    const timers = {
      ...systemTimers,
      after(delayMs: number, act: () => void) {
        if (delayMs !== 30_000) return systemTimers.after(delayMs, act);
        ring = act;
        return () => {};
      },
    };
    await using stage = openEngine({ timers });
    const { site } = stage;
    site.page(
      '/',
      `<script>onload = async () => { say('asked'); await line; say('answer ' + confirm('well?')) }</script>`,
    );
    await using room = await openRoom(stage.engine, site, null);
    await room.browser.navigate({ url: site.url('/') });
    await room.viewer.asked();
    ring();
    await heard(site, 'answer false');
    expect(room.viewer.closedDialogs).toHaveLength(1);
  });

  test('is refused with a sentence, and nothing is left, where there is no Chromium or none that will do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-test-'));
    chmodSync(folder, 0o755);
    const fake = (name: string, script: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return join(folder, name);
    };
    const version = 'case "$*" in *--version*) echo Chromium 156.0.1; exit 0;; esac';
    const cases: [string, RegExp][] = [
      [join(folder, 'nothing'), /no Chromium at .*Install/],
      [folder, /does not say|cannot be run|cannot be started/],
      [fake('old', 'echo Chromium 99.0.4844.51'), /version 99.*newer/],
      [fake('mute', 'exit 0'), /does not say which version/],
      [
        fake('boxless', `${version}; echo 'No usable sandbox! Update your kernel' >&2; exit 1`),
        /PORTAL_BROWSER_SANDBOX=off/,
      ],
      [
        fake('dying', `${version}; echo 'libx.so: cannot open shared object file' >&2; exit 127`),
        /cannot open shared object/,
      ],
    ];
    for (const [chromium, sentence] of cases) {
      await using stage = openEngine({ chromium });
      const failure = await stage.engine.start(REQUEST, new BrowserViewer(), () => {}).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(EngineError);
      expect((failure as Error).message).toMatch(sentence);
      const runs = readdirSync(stage.profiles);
      expect(runs.flatMap((run) => readdirSync(join(stage.profiles, run)))).toEqual([]);
      const checks = await stage.engine.check();
      expect(
        checks
          .filter(({ ok }) => !ok)
          .map(({ detail }) => detail)
          .join(),
      ).toMatch(sentence);
    }
    rmSync(folder, { recursive: true });
  });

  test('says where its profile cannot be: nobody gets there, or the path is too long', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-test-'));
    const long = join(folder, 'a'.repeat(60));
    mkdirSync(long);
    chmodSync(folder, 0o711);
    await using stage = openEngine({ profiles: long });
    expect(stage.engine.start(REQUEST, new BrowserViewer(), () => {})).rejects.toThrow(/too long/);
    if (process.getuid?.() === 0) {
      await using closed = openEngine({ profiles: folder });
      chmodSync(folder, 0o700);
      expect(closed.engine.start(REQUEST, new BrowserViewer(), () => {})).rejects.toThrow(/cannot enter .*chmod/);
    }
  });

  test.if(disk !== undefined)('works on a full disk, since it keeps all it can in memory', async () => {
    using full = disk?.open();
    const folder = join(full?.folder ?? '', 'p');
    mkdirSync(folder);
    chmodSync(full?.folder ?? '', 0o711);
    await using stage = openEngine({ profiles: folder });
    full?.fill();
    await using room = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'.repeat(100_000)));
    expect(jpegSize(await room.browser.capture({ quality: 50, width: 300 })).width).toBe(300);
    expect(room.viewer.goneFor).toEqual([]);
    await room.browser.stop();
    await stage.engine.close();
  });

  test('passes its checks on this machine', async () => {
    await using stage = openEngine();
    const checks = await stage.engine.check();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toContain('Sandbox');
    expect(existsSync(stage.profiles)).toBe(true);
    expect(readdirSync(stage.profiles)).toEqual([]);
  });

  test('starts no more once the server ends, and all that run are stopped', async () => {
    await using stage = openEngine();
    const rooms = await Promise.all([
      openRoom(stage.engine, stage.site, null),
      openRoom(stage.engine, stage.site, null),
    ]);
    await stage.engine.close();
    expect(processesOf(stage.profiles)).toEqual([]);
    expect(readdirSync(stage.profiles)).toEqual([]);
    expect(stage.engine.start(REQUEST, new BrowserViewer(), () => {})).rejects.toBeInstanceOf(EngineError);
    for (const room of rooms) expect(room.viewer.goneFor).toEqual([]);
  });
});
