import { requireDocker } from '../../tests/support/docker-daemon.ts';
import { WebRtcViewer } from '../../tests/support/webrtc-viewer.ts';
import type { Finding } from '../support/finding.ts';
import { waitForIdleMachine } from '../support/load-process.ts';
import { type ServerProcess, startPortal } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import { type PreparedChat, prepareChats, withFolder } from '../support/world.ts';
import { Viewer } from './viewer.ts';

export type DockerBrowserOptions = { starts: number; kicks: number; messages: number };

type Daemon = NonNullable<Awaited<ReturnType<typeof requireDocker>>>;
type Stage = { daemon: Daemon; server: ServerProcess; chat: PreparedChat; options: DockerBrowserOptions };

const AT_ONCE = 10;
const LAST_FRAME_MS = 600;
/** Under what a page may say on its line. */
const PAUSE_MS = 60;

/** The docker engine with the double of n.eko in its containers. See the README of the folder above. */
export async function measureDockerBrowser(options: DockerBrowserOptions): Promise<Finding[]> {
  const daemon = await requireDocker();
  if (!daemon) return [];
  return withFolder(async (folder) => {
    const [chat] = await prepareChats(folder, [2 + options.kicks]);
    if (!chat) throw new Error('no chat was prepared');
    const server = await startPortal(folder, {
      env: {
        PORTAL_BROWSER_ENGINE: 'docker',
        PORTAL_BROWSER_DOCKER: daemon.host,
        PORTAL_BROWSER_IMAGE: daemon.image,
        PORTAL_BROWSER_ADDRESS: '127.0.0.1',
        PORTAL_BROWSER_UNFENCED: '1',
      },
    });
    const stage = { daemon, server, chat, options };
    try {
      await waitForIdleMachine();
      return [...(await starts(stage)), ...(await together(stage)), ...(await line(stage)), ...(await kicks(stage))];
    } finally {
      await call(stage, 'stop').catch(() => {});
      await server.stop();
    }
  });
}

const urlOf = ({ server }: Stage) => `http://127.0.0.1:${server.port}`;

async function call(stage: Stage, what: string, body: object = {}): Promise<void> {
  const response = await fetch(`${urlOf(stage)}/v1/portal/chats/${stage.chat.chatId}/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.chat.members[0]?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
}

const tokenOf = ({ chat }: Stage, member: number): string => chat.members[member]?.token ?? '';
const watcher = (stage: Stage, member: number) =>
  WebRtcViewer.of(urlOf(stage), tokenOf(stage, member), stage.chat.chatId);

async function starts(stage: Stage): Promise<Finding[]> {
  const member = await Viewer.join(urlOf(stage), tokenOf(stage, 1), stage.chat.chatId);
  const started: number[] = [];
  const shown: number[] = [];
  for (let round = 0; round < stage.options.starts; round++) {
    const began = performance.now();
    const coming = member.next('room:started');
    await call(stage, 'start');
    started.push((await coming) - began);
    const viewer = await watcher(stage, 1);
    await viewer.watch();
    shown.push(performance.now() - began);
    await viewer.close();
    await call(stage, 'stop');
  }
  member.leave();
  return [
    {
      what: 'Docker: start to room:started, p50 and longest, ms',
      target: '< 3000',
      value: `${median(started).toFixed(0)}, ${Math.max(...started).toFixed(0)}`,
      ok: median(started) < 3000,
    },
    { what: 'Docker: start to the first picture, p50, ms', target: '–', value: median(shown).toFixed(0), ok: true },
  ];
}

async function together(stage: Stage): Promise<Finding[]> {
  await Promise.all(Array.from({ length: AT_ONCE }, () => call(stage, 'start')));
  const containers = await stage.daemon.docker.listContainers({ all: true, filters: { label: ['portal.chat'] } });
  const value = String(containers.length);
  return [{ what: 'Docker: containers of ten starts at once', target: '1', value, ok: containers.length === 1 }];
}

/** A message that n.eko answers, straight and through Portal in turns. */
async function line(stage: Stage): Promise<Finding[]> {
  const { docker } = stage.daemon;
  const [container] = await docker.listContainers({ filters: { label: ['portal.chat'] } });
  const { Config, NetworkSettings } = await docker.getContainer(container?.Id ?? '').inspect();
  const address = `${Object.values(NetworkSettings.Networks)[0]?.IPAddress}:8080`;
  const apiToken = Config.Env.find((one) => one.startsWith('NEKO_SESSION_API_TOKEN='))?.split('=')[1] ?? '';
  const post = (path: string, body: object) =>
    fetch(`http://${address}/api/${path}?token=${apiToken}`, { method: 'POST', body: JSON.stringify(body) });
  await post('members', { username: 'bench', password: 'bench' });
  const { token } = (await (await post('login', { username: 'bench', password: 'bench' })).json()) as { token: string };
  const straight = new WebRtcViewer(`ws://${address}/api/ws`, token);
  await straight.next('system/init');
  const through = await watcher(stage, 1);
  await Promise.all([straight.watch(), through.watch()]);
  const took = { straight: [] as number[], through: [] as number[] };
  for (let count = 1; count <= stage.options.messages; count++) {
    for (const [name, viewer] of [
      ['straight', straight],
      ['through', through],
    ] as const) {
      await Bun.sleep(PAUSE_MS);
      const before = viewer.of('signal/video').length;
      const began = performance.now();
      viewer.say('signal/video', { disabled: count % 2 === 1 });
      const { atMs } = await viewer.next('signal/video', before + 1);
      took[name].push(atMs - began);
    }
  }
  await Promise.all([straight.close(), through.close()]);
  const added = median(took.through) - median(took.straight);
  const value = `${added.toFixed(2)} (${median(took.straight).toFixed(2)} without)`;
  return [
    { what: 'Docker: what the proxy adds to a message and its answer, p50, ms', target: '< 1', value, ok: added < 1 },
  ];
}

async function kicks(stage: Stage): Promise<Finding[]> {
  const took: number[] = [];
  for (let member = 2; member < 2 + stage.options.kicks; member++) {
    const viewer = await watcher(stage, member);
    await viewer.watch();
    await Bun.sleep(LAST_FRAME_MS);
    const began = performance.now();
    await call(stage, 'kick', { user_id: viewer.userId });
    await Bun.sleep(LAST_FRAME_MS);
    took.push(viewer.lastPacketAt - began);
    await viewer.close();
  }
  const value = `${median(took).toFixed(0)}, ${Math.max(...took).toFixed(0)}`;
  const ok = Math.max(...took) < 200;
  return [
    { what: 'Docker: a kick to the last packet of the picture, p50 and longest, ms', target: '< 200', value, ok },
  ];
}
