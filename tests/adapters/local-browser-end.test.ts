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
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { smallDisk } from '../support/small-disk.ts';
import { eventually } from '../support/waiting.ts';
import { browserEndPromises, mainOf, pagesOf, processesOf, statusOf } from './browser-end.suite.ts';
import { BrowserViewer, heard, jpegSize, loaded, openRoom } from './browser-viewer.ts';
import { chromiums, openEngine } from './local-engines.ts';

const [found] = await chromiums();
const disk = smallDisk(8);
const MIB = 1024 * 1024;
const REQUEST = { chatId: 1, browser: 'chromium', startUrl: null, kiosk: false } as const;

if (found) browserEndPromises(found.kind, found.path);

afterEach(() => {
  spyOn(DevToolsPipe.prototype, 'send').mockRestore();
});

describe.if(found !== undefined)('a local browser', () => {
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

  test('is looked at again after a start that failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-test-'));
    chmodSync(folder, 0o755);
    const chromium = join(folder, 'chromium');
    const become = (version: string) =>
      writeFileSync(chromium, `#!/bin/sh\ncase "$*" in *--version*) echo Chromium ${version};; *) exit 1;; esac\n`, {
        mode: 0o755,
      });
    become('156.0.1');
    await using stage = openEngine({ chromium });
    const start = () => stage.engine.start(REQUEST, new BrowserViewer(), () => {}).then(String, String);
    expect(await start()).toMatch(/ended at once/);
    become('99.0.1');
    expect(await start()).toMatch(/version 99.*newer/);
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
