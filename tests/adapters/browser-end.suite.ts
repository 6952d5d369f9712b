import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DevToolsPipe } from '../../src/adapters/local-browser/devtools-pipe.ts';
import { runningProcesses } from '../../src/adapters/local-browser/system-processes.ts';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { eventually } from '../support/waiting.ts';
import { click, heard, jpegSize, loaded, openRoom } from './browser-viewer.ts';
import { type EngineStage, openEngine } from './local-engines.ts';

/** The processes of browsers with profiles in this directory: group leaders name their profile. */
export function processesOf(profiles: string) {
  const all = runningProcesses() ?? [];
  const leaders = new Set(
    all.filter(({ pid, group }) => pid === group && commandLine(pid).includes(profiles)).map(({ pid }) => pid),
  );
  return all
    .filter(({ group }) => leaders.has(group))
    .map(({ pid, group }) => ({ pid, group, type: /--type=([\w-]+)/.exec(commandLine(pid))?.[1] ?? 'main' }));
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

export const statusOf = (pid: number, name: string) =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s/) ?? [];

export const mainOf = ({ profiles }: EngineStage) =>
  processesOf(profiles).find(({ type }) => type === 'main')?.pid ?? 0;
export const pagesOf = ({ profiles }: EngineStage) => processesOf(profiles).filter(({ type }) => type === 'renderer');

/** Nothing is left of a browser: no process, no profile. */
export async function isGone({ profiles }: EngineStage, group: number): Promise<void> {
  await eventually(() => (runningProcesses() ?? []).every((one) => one.group !== group));
  await eventually(() => readdirSync(profiles).every((run) => readdirSync(join(profiles, run)).length === 0));
}

/** Whatever ends it from outside. */
async function endsBy(signal: NodeJS.Signals, path: string): Promise<void> {
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
}

/** How the browsers of this Chromium end: by themselves, by others, with the server. */
export function browserEndPromises(kind: string, path: string): void {
  afterEach(() => {
    spyOn(DevToolsPipe.prototype, 'send').mockRestore();
  });

  describe(`the end of ${kind}`, () => {
    test('comes with stop: no process and no profile is left', async () => {
      await using stage = openEngine({ chromium: path });
      const room = await openRoom(stage.engine, stage.site, stage.site.page('/', 'x'));
      const main = mainOf(stage);
      expect(main).toBeGreaterThan(0);
      await room.browser.stop();
      expect(processesOf(stage.profiles)).toEqual([]);
      await isGone(stage, main);
    });

    test.each(['SIGKILL', 'SIGSTOP'] as const)('by %s is noticed, told once, and cleared away', (signal) =>
      endsBy(signal, path),
    );

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
}

/** The same, of what takes long. */
export function browserSlowEndPromises(kind: string, path: string): void {
  describe(`the end of ${kind}`, () => {
    test('by SIGSEGV is noticed, told once, and cleared away', () => endsBy('SIGSEGV', path));

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
  });
}
