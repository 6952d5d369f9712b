import { decodeBase64, sealEnvelope } from '../../src/client/index.ts';
import { openSlowWire } from '../../tests/support/slow-wire.ts';
import type { Finding } from '../support/finding.ts';
import { waitForIdleMachine } from '../support/load-process.ts';
import { type ServerProcess, startPortal } from '../support/server-process.ts';
import { median, percentile } from '../support/stats.ts';
import { type PreparedChat, prepareChats, withFolder } from '../support/world.ts';
import { sharesOf } from './processes.ts';
import { startSite } from './site.ts';
import { Viewer } from './viewer.ts';

export type BrowserOptions = { starts: number; clicks: number; overMs: number };

const WATCHERS = 10;
const SLOW_BYTES_PER_SECOND = 125_000;
const SETTLE_MS = 1500;
const QUIET_MS = 250;

type Stage = {
  server: ServerProcess;
  chat: PreparedChat;
  site: ReturnType<typeof startSite>;
  options: BrowserOptions;
};

/** See the README of the folder above. */
export async function measureBrowser(options: BrowserOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const [chat] = await prepareChats(folder, [WATCHERS + 3]);
    if (!chat) throw new Error('no chat was prepared');
    const site = startSite();
    const server = await startPortal(folder, {
      env: { PORTAL_BROWSER_ENGINE: 'local', PORTAL_BROWSER_ALLOW_HOSTS: site.host },
    });
    const stage = { server, chat, site, options };
    try {
      await waitForIdleMachine();
      return [
        ...(await starts(stage)),
        ...(await clicks(stage)),
        ...(await watchers(stage)),
        ...(await unwatched(stage)),
        ...(await slow(stage)),
      ];
    } finally {
      await server.stop();
      site.stop();
    }
  });
}

function call({ server, chat }: Stage, what: string, body: object = {}): Promise<void> {
  return fetch(`http://127.0.0.1:${server.port}/v1/portal/chats/${chat.chatId}/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${chat.members[0]?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then(async (response) => {
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
  });
}

function join({ server, chat }: Stage, member: number, port = server.port): Promise<Viewer> {
  return Viewer.join(`http://127.0.0.1:${port}`, chat.members[member]?.token ?? '', chat.chatId);
}

async function firstFrameOf(viewer: Viewer): Promise<number> {
  const coming = viewer.next('browser:frame');
  await viewer.watch();
  return coming;
}

async function starts(stage: Stage): Promise<Finding[]> {
  const viewer = await join(stage, 1);
  await call(stage, 'config/update', { browser_config: { start_url: stage.site.url('/still') } });
  const took: number[] = [];
  for (let round = 0; round < stage.options.starts; round++) {
    const began = performance.now();
    await call(stage, 'start');
    took.push((await firstFrameOf(viewer)) - began);
    await call(stage, 'stop');
  }
  viewer.leave();
  const value = `${median(took).toFixed(0)}, ${Math.max(...took).toFixed(0)}`;
  return [{ what: 'Start to first frame, p50 and longest, ms', target: '< 2000', value, ok: median(took) < 2000 }];
}

async function clicks(stage: Stage): Promise<Finding[]> {
  await call(stage, 'start');
  await call(stage, 'open', { url: stage.site.url('/click') });
  const [host, watcher] = [await join(stage, 0), await join(stage, 1)];
  await host.call('control:take', {});
  await firstFrameOf(watcher);
  const took: number[] = [];
  for (let click = 0; click < stage.options.clicks; click++) {
    await Bun.sleep(QUIET_MS);
    const coming = watcher.next('browser:frame');
    const began = performance.now();
    const at = { x: 0.5, y: 0.5, button: 0 };
    host.send('browser:input', {
      events: [
        { type: 'down', ...at },
        { type: 'up', ...at },
      ],
    });
    took.push((await coming) - began);
  }
  host.leave();
  watcher.leave();
  await call(stage, 'stop');
  const value = `${median(took).toFixed(0)}, ${percentile(took, 0.99).toFixed(0)}`;
  const ok = median(took) < 150;
  return [{ what: 'A click to the changed frame at a watcher, p50 and p99, ms', target: '< 150', value, ok }];
}

/** One watcher, ten, and ten of which one shows nothing any more. */
async function watchers(stage: Stage): Promise<Finding[]> {
  const { server, options } = stage;
  await call(stage, 'start');
  await call(stage, 'open', { url: stage.site.url('/moving') });
  const viewers: Viewer[] = [];
  for (let member = 1; member <= WATCHERS; member++) viewers.push(await join(stage, member));
  const [one, last] = [viewers[0] as Viewer, viewers.at(-1) as Viewer];
  const measured = async () => {
    await Bun.sleep(SETTLE_MS);
    const began = performance.now();
    const shares = await sharesOf(server.pid, options.overMs);
    return { ...shares, rate: one.rateSince(began) };
  };
  await firstFrameOf(one);
  const alone = await measured();
  for (const viewer of viewers.slice(1)) await firstFrameOf(viewer);
  const together = await measured();
  last.isStalled = true;
  const stalled = await measured();
  for (const viewer of viewers) viewer.leave();
  await call(stage, 'stop');
  const ratio = together.browsers / alone.browsers;
  const kept = stalled.rate / together.rate;
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  console.log('\nA moving page, 1280x720');
  console.table(
    Object.entries({ 'one watcher': alone, 'ten watchers': together, 'one of ten is stalled': stalled }).map(
      ([who, { server: ours, browsers, rate }]) => ({
        who,
        'frames a second': rate.toFixed(1),
        'Chromium, of a core': percent(browsers),
        'server, of a core': percent(ours),
      }),
    ),
  );
  return [
    {
      what: 'Encoding for ten watchers, times that for one',
      target: '< 1.3',
      value: ratio.toFixed(2),
      ok: ratio < 1.3,
    },
    { what: 'Frames of the others when one of ten is stalled', target: '> 90 %', value: percent(kept), ok: kept > 0.9 },
  ];
}

async function unwatched(stage: Stage): Promise<Finding[]> {
  await call(stage, 'start');
  await call(stage, 'open', { url: stage.site.url('/still') });
  await Bun.sleep(2 * SETTLE_MS);
  const { browsers } = await sharesOf(stage.server.pid, stage.options.overMs);
  await call(stage, 'stop');
  const value = `${(browsers * 100).toFixed(1)} %`;
  return [{ what: 'An unwatched still page, of a core', target: '< 3 %', value, ok: browsers < 0.03 }];
}

/** A watcher on a line of 1 Mbit/s beside one on a fast line, and talk meanwhile. */
async function slow(stage: Stage): Promise<Finding[]> {
  const { server, chat } = stage;
  await call(stage, 'start');
  await call(stage, 'open', { url: stage.site.url('/moving') });
  using line = await openSlowWire(`http://127.0.0.1:${server.port}`, SLOW_BYTES_PER_SECOND);
  const [fast, far, talker] = [
    await join(stage, 1),
    await join(stage, 2, Number(new URL(line.url).port)),
    await join(stage, 3),
  ];
  await Promise.all([firstFrameOf(fast), firstFrameOf(far)]);
  await Bun.sleep(2 * SETTLE_MS);
  const waits: number[] = [];
  for (let said = 0; said < 8; said++) {
    const coming = far.next('message:new');
    const began = performance.now();
    const content = sealEnvelope('Do you see this?', chat.epoch, decodeBase64(chat.chatKey));
    await talker.call('message:send', { content });
    waits.push((await coming) - began);
    await Bun.sleep(QUIET_MS);
  }
  const widths = [fast.frames.at(-1)?.width ?? 0, far.frames.at(-1)?.width ?? 0];
  for (const viewer of [fast, far, talker]) viewer.leave();
  await call(stage, 'stop');
  return [
    {
      what: 'On a line of 1 Mbit/s: talk arrives within, longest of 8, ms',
      target: '< 2500',
      value: Math.max(...waits).toFixed(0),
      ok: Math.max(...waits) < 2500,
    },
    {
      what: 'Width of the picture on a fast line, and on that one',
      target: 'smaller',
      value: widths.join(', '),
      ok: (widths[0] ?? 0) > (widths[1] ?? 0),
    },
  ];
}
