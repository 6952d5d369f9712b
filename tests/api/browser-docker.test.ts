import { describe, expect, test } from 'bun:test';
import { asking, browserPath } from '../support/browser-house.ts';
import { NEKO_LABELS, requireDocker } from '../support/docker-daemon.ts';
import { dockerSettings, somePorts } from '../support/docker-engine.ts';
import type { Chat } from '../support/given.ts';
import { imageRegistry } from '../support/image-registry.ts';
import { nekoRootFiles } from '../support/neko-image.ts';
import { testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const daemon = await requireDocker();
const PORTS = somePorts(8);

/** A portal whose shared browsers are containers of the tests' own daemon. */
async function portalWithDocker(more: Record<string, string> = {}, dataDir?: string) {
  const env = {
    ...dockerSettings(daemon, PORTS),
    PORTAL_BROWSER_FENCE_TARGETS: '127.0.0.1:9',
    ...more,
  };
  return testPortal({ env, realTime: true, ...(dataDir === undefined ? {} : { dataDir }) });
}

async function containersOf(chat: Chat): Promise<string[]> {
  const all = (await daemon?.docker.listContainers({ all: true, filters: { label: ['portal.chat'] } })) ?? [];
  return all.filter(({ Labels }) => Labels['portal.start-url'] === startUrlOf(chat)).map(({ Id }) => Id);
}

const startUrlOf = ({ owner }: Chat): string => `https://${owner.username}.example/`;

async function withPage(portal: Awaited<ReturnType<typeof testPortal>>, chat: Chat): Promise<void> {
  const browser_config = { start_url: startUrlOf(chat) };
  await portal.as(chat.owner).post(browserPath(chat, 'config/update'), { browser_config });
}

describe.skipIf(!daemon)('with Docker', () => {
  test('ten starts at once make one container, and a stop removes it', async () => {
    const portal = await portalWithDocker();
    const chat = await portal.given.chat();
    await withPage(portal, chat);
    const owner = asking(portal, chat.owner, chat);
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.start()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await containersOf(chat)).length).toBe(1);
    const shot = await owner.shot('?quality=50');
    expect(shot.status).toBe(200);
    expect((await owner.stop()).status).toBe(200);
    expect(await containersOf(chat)).toEqual([]);
    await portal.close();
  });

  test('a restart of the server finds the browser again, and one whose settings changed is made anew', async () => {
    const first = await portalWithDocker();
    const chat = await first.given.chat();
    await withPage(first, chat);
    await asking(first, chat.owner, chat).start();
    const [id] = await containersOf(chat);
    await first.close({ keep: true });
    expect(await containersOf(chat)).toEqual([id ?? '']);

    const second = await portalWithDocker({}, first.dataDir);
    const later = asking(second, chat.owner, chat);
    await eventually(async () => (await later.read()).status === 200, { withinMs: 20_000 });
    expect(await containersOf(chat)).toEqual([id ?? '']);
    await second.close({ keep: true });

    const third = await portalWithDocker({ PORTAL_BROWSER_SIZE: '1024x576@30' }, first.dataDir);
    const last = asking(third, chat.owner, chat);
    await eventually(async () => (await last.read()).status === 200, { withinMs: 20_000 });
    const now = await containersOf(chat);
    expect(now.length).toBe(1);
    expect(now[0]).not.toBe(id ?? '');
    await last.stop();
    await third.close();
  });

  test('two servers with one secret and the same chats leave each other’s browsers alone', async () => {
    const same = { PORTAL_SECRET: 'one secret for two servers, as after a restore' };
    const one = await portalWithDocker(same);
    const chat = await one.given.chat();
    await withPage(one, chat);
    await asking(one, chat.owner, chat).start();
    const [id = ''] = await containersOf(chat);
    const other = await portalWithDocker(same);
    const twin = await other.given.chat();
    expect(twin.id).toBe(chat.id);
    expect(await asking(other, twin.owner, twin).start()).toMatchObject({ status: 200 });
    await asking(other, twin.owner, twin).stop();
    await other.close();
    expect(await containersOf(chat)).toEqual([id]);
    expect((await asking(one, chat.owner, chat).read()).status).toBe(200);
    await asking(one, chat.owner, chat).stop();
    await one.close();
  });

  test('a fence that is not proved is said by /health, or refuses the start', async () => {
    const open = await portalWithDocker();
    const { body } = await open.nobody.get('/health');
    expect(body).toMatchObject({ status: 'degraded', errors: [expect.stringContaining('PORTAL_BROWSER_UNFENCED')] });
    await open.close();
    const shut = await portalWithDocker({ PORTAL_BROWSER_UNFENCED: 'off' });
    const chat = await shut.given.chat();
    const answer = await asking(shut, chat.owner, chat).start();
    expect(answer).toMatchObject({ status: 503, body: { code: 'ERR_BROWSER_UNFENCED' } });
    expect(answer.body.error).toContain('iptables -I INPUT');
    await shut.close();
  });
});

describe.skipIf(!daemon)('an image that is not there', () => {
  test('is pulled once, and the browser comes by itself', async () => {
    const layer = await Bun.file(await nekoRootFiles()).bytes();
    const config = { Cmd: ['/usr/bin/supervisord'], Env: ['PATH=/usr/bin:/bin', 'USER=neko', 'DISPLAY=:99.0'] };
    await using registry = await imageRegistry(NEKO_LABELS, { layer, config });
    const release = registry.hold();
    const portal = await portalWithDocker({ PORTAL_BROWSER_IMAGE: registry.image });
    const chat = await portal.given.chat();
    const owner = asking(portal, chat.owner, chat);
    expect(await owner.start()).toMatchObject({ status: 202, body: { ok: true, state: 'pulling' } });
    expect(await owner.start()).toMatchObject({ status: 202 });
    release();
    await eventually(async () => (await owner.read()).status === 200, { withinMs: 40_000 });
    expect(registry.pulls).toBe(1);
    await owner.stop();
    await daemon?.docker.getImage(registry.image.replace('{browser}', 'chromium')).remove();
    await portal.close();
  });

  test('and cannot be pulled fails the start with the reason', async () => {
    await using registry = await imageRegistry(NEKO_LABELS);
    registry.be('limits');
    const portal = await portalWithDocker({ PORTAL_BROWSER_IMAGE: registry.image });
    const chat = await portal.given.chat();
    const answer = await asking(portal, chat.owner, chat).start();
    expect(answer).toMatchObject({ status: 503, body: { code: 'ERR_BROWSER_START_FAILED' } });
    expect(answer.body.error).toEndWith('the registry answers no more requests of this address for now');
    await portal.close();
  });
});

test('a daemon that is not there is said by the start and by /health', async () => {
  const portal = await portalWithDocker({
    PORTAL_BROWSER_DOCKER: 'unix:///nowhere/docker.sock',
    PORTAL_BROWSER_UNFENCED: 'off',
    PORTAL_BROWSER_FENCE_TARGETS: '127.0.0.1:9',
  });
  const chat = await portal.given.chat();
  const why = 'No Docker daemon is at unix:///nowhere/docker.sock';
  await eventually(async () => (await portal.nobody.get('/health')).body.errors.includes(why));
  expect(await asking(portal, chat.owner, chat).start()).toMatchObject({
    status: 503,
    body: { code: 'ERR_BROWSER_UNAVAILABLE', error: why },
  });
  await portal.close();
});
