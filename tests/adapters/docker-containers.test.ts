import { describe, expect, test } from 'bun:test';
import { Docker } from '../../src/adapters/docker-browser/docker.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import type { Timers } from '../../src/core/clock.ts';
import { MIB } from '../../src/core/durations.ts';
import { CapacityError, EngineError, UnfencedError } from '../../src/ports/browser-engine.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { containersOf, dockerEngine, listening, requestOf, somePorts } from '../support/docker-engine.ts';
import { eventually } from '../support/waiting.ts';

const daemon = await requireDocker();
const on = (given: typeof daemon) => {
  if (!given) throw new Error('there is no daemon');
  return given;
};

describe.skipIf(!daemon)('the container of a chat', () => {
  test('is bounded, publishes the port of picture and sound alone, and goes with its browser', async () => {
    const { docker } = on(daemon);
    const instance = 'aaaa00000001';
    const engine = dockerEngine(on(daemon), { instance });
    const { listener, progress, steps } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    expect(steps).toEqual(['create', 'boot', 'ready']);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    const { HostConfig, Config, NetworkSettings } = await docker.getContainer(Id).inspect();
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['SETUID', 'SETGID', 'CHOWN', 'KILL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      Binds: null,
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      CpuPeriod: 100_000,
      CpuQuota: 100_000,
      PidsLimit: 200,
      RestartPolicy: { Name: 'no' },
    });
    expect(Config.Labels).toMatchObject({ 'portal.instance': instance, 'portal.chat': '7' });
    const port = Config.Labels['portal.port'];
    const published = Object.entries(NetworkSettings.Ports)
      .filter(([, at]) => at)
      .map(([inside, at]) => [inside, at?.[0]?.HostPort]);
    expect(Object.fromEntries(published)).toEqual({ [`${port}/tcp`]: port, [`${port}/udp`]: port });
    const network = await docker.getNetwork(`portal-${instance}`).inspect();
    expect(network.Options?.['com.docker.network.bridge.enable_icc']).toBe('false');
    await browser.stop();
    expect(await containersOf(on(daemon), instance)).toEqual([]);
    await engine.close();
    expect((await docker.listNetworks()).map(({ Name }) => Name)).not.toContain(`portal-${instance}`);
  });

  test('has the start page and the kiosk in the files of its image', async () => {
    const { docker } = on(daemon);
    const instance = 'aaaa00000002';
    const engine = dockerEngine(on(daemon), { instance });
    const { listener, progress } = listening();
    const startUrl = 'https://example.com/a%20b?c="d"';
    const browser = await engine.start(requestOf(7, { startUrl, kiosk: true }), listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    const read = async (path: string) => {
      const stream = await docker.getContainer(Id).getArchive({ path });
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(Buffer.from(part));
      const [file] = (await new Bun.Archive(Buffer.concat(parts)).files()).values();
      return file?.text();
    };
    expect(JSON.parse((await read('/etc/chromium/policies/managed/policies.json')) ?? '')).toMatchObject({
      DownloadRestrictions: 3,
      RestoreOnStartup: 4,
      RestoreOnStartupURLs: [startUrl],
    });
    expect(await read('/etc/neko/supervisord/chromium.conf')).toContain(
      '  --no-sandbox --kiosk "https://example.com/a%%20b?c=%%22d%%22"\nautorestart=true\n',
    );
    await browser.stop();
    await engine.close();
  });

  test('that is killed is gone within seconds, and leaves nothing', async () => {
    const { docker } = on(daemon);
    const instance = 'aaaa00000003';
    const engine = dockerEngine(on(daemon), { instance });
    const { listener, progress, gone } = listening();
    await engine.start(requestOf(7), listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    await docker.getContainer(Id).kill();
    expect(await gone).toBe('The container of the browser has ended');
    expect(await containersOf(on(daemon), instance)).toEqual([]);
    await engine.close();
  });

  test('that fills its disk goes, before the disk of the host is full', async () => {
    const instance = 'aaaa00000010';
    let look = () => {};
    const timers: Timers = {
      ...systemTimers,
      after(delayMs, act) {
        if (delayMs !== 15_000) return systemTimers.after(delayMs, act);
        look = act;
        return () => {};
      },
    };
    const engine = dockerEngine(on(daemon), { instance, timers, diskBytes: 16 * MIB });
    const { listener, progress, gone } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    const docker = new Docker({ host: on(daemon).host, timers: systemTimers });
    const write = (megabytes: number) =>
      docker.exec(Id, ['dd', 'if=/dev/zero', 'of=/home/neko/kept', 'bs=1M', `count=${megabytes}`], {
        user: 'neko',
        limitMs: 60_000,
      });
    await write(1);
    const first = look;
    first();
    // The next look is set when this one is over.
    await eventually(() => look !== first);
    expect(await browser.capture({ quality: 60, width: 480 })).not.toHaveLength(0);
    await write(17);
    look();
    expect(await gone).toBe('The browser has filled its disk');
    expect(await containersOf(on(daemon), instance)).toEqual([]);
    await engine.close();
  });

  test('of a start that is given up is not kept', async () => {
    const instance = 'aaaa00000004';
    const engine = dockerEngine(on(daemon), { instance });
    const { listener } = listening();
    const giveUp = new AbortController();
    const starting = engine.start(
      requestOf(7),
      listener,
      ({ step }) => step === 'boot' && giveUp.abort(),
      giveUp.signal,
    );
    expect(await starting.catch((error: unknown) => error)).toBeInstanceOf(EngineError);
    expect(await containersOf(on(daemon), instance)).toEqual([]);
    await engine.close();
  });

  test('takes the place of one that an earlier start of the chat left', async () => {
    const { docker } = on(daemon);
    const instance = 'aaaa00000005';
    const engine = dockerEngine(on(daemon), { instance });
    await docker.createContainer({
      Image: on(daemon).image.replace('{browser}', 'chromium'),
      name: `portal-${instance}-7`,
      Labels: { 'portal.instance': instance },
    });
    const { listener, progress } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    expect((await containersOf(on(daemon), instance)).length).toBe(1);
    await browser.stop();
    await engine.close();
  });
});

describe.skipIf(!daemon)('a command in a container', () => {
  test('that does not stop talking is given up before its words fill the memory', async () => {
    const instance = 'aaaa0000000f';
    const engine = dockerEngine(on(daemon), { instance });
    const { listener, progress } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    const docker = new Docker({ host: on(daemon).host, timers: systemTimers });
    const run = docker.exec(Id, ['yes'], { user: 'neko', limitMs: 60_000 });
    expect(await run.catch((error: Error) => error.message)).toBe('The container says more than it should');
    expect(await docker.exec(Id, ['echo', 'well'], { limitMs: 60_000 })).toEqual({ exitCode: 0, output: 'well\n' });
    await browser.stop();
    await engine.close();
  });
});

describe.skipIf(!daemon)('where viewers are sent', () => {
  test('is every address of the settings, at the port of the room', async () => {
    const instance = 'aaaa0000000e';
    const engine = dockerEngine(on(daemon), { instance, addresses: ['127.0.0.1', '192.0.2.5'] });
    const { listener, progress } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    const [{ Labels = {} } = {}] = await containersOf(on(daemon), instance);
    const sent: string[] = [];
    const line = await browser.viewers?.connect({ id: '1.1', userId: 1 }, { send: (one) => sent.push(one), lost() {} });
    line?.receive(JSON.stringify({ event: 'signal/request', payload: { video: {}, audio: {} } }));
    for (const address of ['127.0.0.1', '192.0.2.5'])
      await eventually(() => sent.some((one) => one.includes(`${address} ${Labels['portal.port']} typ host`)));
    await line?.close();
    await browser.stop();
    await engine.close();
  });
});

describe.skipIf(!daemon)('ports', () => {
  test('that other programs hold are passed over, and without any the start says so', async () => {
    const ports = somePorts(2);
    const instance = 'aaaa00000006';
    const engine = dockerEngine(on(daemon), { instance, ports });
    const held = await Bun.udpSocket({ port: ports.first, hostname: '0.0.0.0' });
    const { listener, progress } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    const [{ Labels = {} } = {}] = await containersOf(on(daemon), instance);
    expect(Labels['portal.port']).toBe(String(ports.last));
    const second = engine.start(requestOf(8), listener, progress);
    expect(await second.catch((error: unknown) => error)).toBeInstanceOf(CapacityError);
    await eventually(async () => (await containersOf(on(daemon), instance)).length === 1);
    await browser.stop();
    held.close();
    await engine.close();
  });

  test('that containers of another server hold are passed over', async () => {
    const ports = somePorts(2);
    const [one, other] = [dockerEngine(on(daemon), { ports }), dockerEngine(on(daemon), { ports })];
    const { listener, progress } = listening();
    const browsers = await Promise.all([
      one.start(requestOf(7), listener, progress),
      other.start(requestOf(7), listener, progress),
    ]);
    await Promise.all(browsers.map((browser) => browser.stop()));
    await Promise.all([one.close(), other.close()]);
  });

  test('are taken by longest unused', async () => {
    const instance = 'aaaa00000007';
    const engine = dockerEngine(on(daemon), { instance, ports: somePorts(3) });
    const { listener, progress } = listening();
    const used: (string | undefined)[] = [];
    for (let times = 0; times < 3; times++) {
      const browser = await engine.start(requestOf(7), listener, progress);
      const [{ Labels = {} } = {}] = await containersOf(on(daemon), instance);
      used.push(Labels['portal.port']);
      await browser.stop();
    }
    expect(new Set(used).size).toBe(3);
    await engine.close();
  });
});

describe.skipIf(!daemon)('what an earlier run of the server left', () => {
  test('goes on where it was made by the same settings', async () => {
    const instance = 'aaaa00000008';
    const request = requestOf(7, { startUrl: 'https://example.com/' });
    const ports = { ports: somePorts(8) };
    const before = dockerEngine(on(daemon), { instance, ...ports });
    const { listener, progress } = listening();
    await before.start(request, listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    await before.close();
    const after = dockerEngine(on(daemon), { instance, ...ports });
    const [found, ...more] = await after.clear();
    expect(more).toEqual([]);
    expect(found?.request).toEqual(request);
    const later = listening();
    const browser = await found?.adopt(later.listener);
    expect((await containersOf(on(daemon), instance)).map((one) => one.Id)).toEqual([Id]);
    expect((await browser?.capture({ quality: 60, width: 480 }))?.length).toBeGreaterThan(100);
    await on(daemon).docker.getContainer(Id).kill();
    expect(await later.gone).toContain('ended');
    await after.close();
  });

  test('is made anew where the settings changed', async () => {
    const instance = 'aaaa00000009';
    const before = dockerEngine(on(daemon), { instance });
    const { listener, progress } = listening();
    await before.start(requestOf(7), listener, progress);
    const [{ Id = '' } = {}] = await containersOf(on(daemon), instance);
    await before.close();
    const after = dockerEngine(on(daemon), { instance, addresses: ['127.0.0.2'] });
    const [found] = await after.clear();
    const browser = await found?.adopt(listener);
    const now = await containersOf(on(daemon), instance);
    expect(now.length).toBe(1);
    expect(now[0]?.Id).not.toBe(Id);
    await browser?.stop();
    await after.close();
  });

  test('and never ran or has ended is removed, and what another server has stays', async () => {
    const { docker, image } = on(daemon);
    const Image = image.replace('{browser}', 'chromium');
    const [mine, other] = ['aaaa0000000a', 'aaaa0000000b'];
    for (const instance of [mine, other]) {
      await docker.createContainer({ Image, Labels: { 'portal.instance': instance, 'portal.chat': '7' } });
    }
    const engine = dockerEngine(on(daemon), { instance: mine });
    expect(await engine.clear()).toEqual([]);
    expect(await containersOf(on(daemon), mine)).toEqual([]);
    expect((await containersOf(on(daemon), other)).length).toBe(1);
    for (const { Id } of await containersOf(on(daemon), other)) await docker.getContainer(Id).remove();
    await engine.close();
  });
});

describe.skipIf(!daemon)('the fence', () => {
  const UNREACHABLE = [{ what: 'network' as const, url: 'http://192.0.2.254:9/' }];

  test('is proved where nothing that is tried can be reached', async () => {
    const instance = 'aaaa0000000c';
    const engine = dockerEngine(on(daemon), { instance, isUnfenced: false, proofTargets: () => UNREACHABLE });
    const { listener, progress } = listening();
    const browser = await engine.start(requestOf(7), listener, progress);
    expect((await containersOf(on(daemon), instance)).length).toBe(1);
    await browser.stop();
    await engine.close();
  });

  test('is missed by a start, with the lines that the host needs, and nothing stays', async () => {
    const instance = 'aaaa0000000d';
    const proofTargets = ({ room }: { room: string }) => [
      { what: 'room' as const, url: `${room}/health` },
      ...UNREACHABLE,
    ];
    const engine = dockerEngine(on(daemon), { instance, isUnfenced: false, proofTargets });
    const { listener, progress } = listening();
    const failure = await engine.start(requestOf(7), listener, progress).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(UnfencedError);
    expect((failure as Error).message).toContain(`iptables -I DOCKER-USER -i pt${instance}`);
    expect((failure as Error).message).not.toContain('INPUT');
    // It reaches whoever may start a browser: nothing of the host's networks.
    expect((failure as Error).message).toStartWith('Shared browsers would reach each other. The Docker host needs:');
    expect((failure as UnfencedError).reached).toEqual([expect.stringMatching(/^10\..*:8080$/)]);
    expect(await containersOf(on(daemon), instance)).toEqual([]);
    await engine.close();
  });
});

test('without a daemon, a start says where it was looked for', async () => {
  const nowhere = { host: 'unix:///nowhere/docker.sock', image: 'portal.test/{browser}' };
  const engine = dockerEngine(nowhere as never);
  const { listener, progress } = listening();
  expect(await engine.answers()).toBe(false);
  const failure = await engine.start(requestOf(7), listener, progress).catch((error: Error) => error);
  expect((failure as Error).message).toBe('No Docker daemon is at unix:///nowhere/docker.sock');
  await eventually(() => engine.problem !== undefined);
  expect(await engine.check()).toEqual([
    { name: 'Docker', ok: false, detail: 'No Docker daemon is at unix:///nowhere/docker.sock' },
  ]);
  await engine.close();
});
