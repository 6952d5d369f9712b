import { describe, expect, test } from 'bun:test';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlock } from '../../src/adapters/egress/unlock.ts';
import { capability, requireChromiums } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { startChromium } from './fenced-chromium.ts';
import { openLeakStage, openSite } from './leak-stage.ts';

/** A browser gets a name server of the test's own by a file of its own in place of /etc/resolv.conf: that takes a mount. */
const canMount = capability(
  'give a process a name server of its own',
  process.getuid?.() === 0 && Bun.which('unshare') !== null && Bun.spawnSync(['unshare', '--mount', 'true']).success,
);
const WITH_NAME_SERVER =
  'mount --bind "$0" /etc/resolv.conf && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';
/** An address of this process alone: others may run the same tests. */
const NAME_SERVER = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255}`;

test.skipIf(!canMount)('name servers that never answer hold up neither syncs nor connections', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portal-names-'));
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${NAME_SERVER}\n`);
  const script = join(import.meta.dir, 'slow-names.ts');
  const mount = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const child = Bun.spawn(
    ['unshare', '--mount', 'sh', '-c', mount, file, process.execPath, script, folder, NAME_SERVER],
    {
      stdin: 'ignore',
      stderr: 'inherit',
    },
  );
  try {
    expect(await new Response(child.stdout).text()).toBe('synced connected');
  } finally {
    child.kill();
    // Its name server has to be gone before the next one comes.
    await child.exited;
    rmSync(folder, { recursive: true });
  }
});

/** A name server that knows no name, and remembers what it was asked for. */
async function openNameServer() {
  const asked = new Set<string>();
  const folder = mkdtempSync(join(tmpdir(), 'portal-names-'));
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${NAME_SERVER}\n`);
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, NAME_SERVER, resolve);
  });
  socket.on('message', (query, { port, address }) => {
    asked.add(nameIn(query));
    // The query again, as an answer: no such name.
    query.writeUInt16BE(0x8183, 2);
    socket.send(query, port, address);
  });
  return {
    asked,
    wrapper: ['unshare', '--mount', 'sh', '-c', WITH_NAME_SERVER, file],
    [Symbol.dispose]() {
      socket.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at]; at += (query[at] ?? 0) + 1)
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  return labels.join('.');
}

/** Names hosts in each way that could make a browser look them up; resolves when WebRTC has done with its servers. */
async function nameHosts(): Promise<void> {
  for (const rel of ['dns-prefetch', 'preconnect', 'prefetch', 'prerender', 'stylesheet', 'icon']) {
    document.head.append(Object.assign(document.createElement('link'), { rel, href: `http://${rel}.names.test/` }));
  }
  document.body.append(
    Object.assign(document.createElement('a'), { href: 'http://anchor.names.test/', textContent: 'x' }),
  );
  await fetch('http://fetch.names.test/', { mode: 'no-cors' }).catch(() => {});
  await fetch('https://secure.names.test/', { mode: 'no-cors' }).catch(() => {});
  const login = { username: 'a', credential: 'b' };
  const iceServers = [{ urls: 'stun:stun.names.test:3478' }, { urls: 'turn:turn.names.test:3478', ...login }];
  const connection = new RTCPeerConnection({ iceServers });
  connection.createDataChannel('x');
  const gathered = new Promise<void>((resolve) => {
    connection.addEventListener(
      'icegatheringstatechange',
      () => connection.iceGatheringState === 'complete' && resolve(),
    );
  });
  await connection.setLocalDescription(await connection.createOffer());
  await gathered;
}

describe.each(await requireChromiums())('$name', ({ path = '' }) => {
  const isPossible = path !== '' && canMount;

  test.skipIf(!isPossible)('looks up no name itself: the fence does', async () => {
    using names = await openNameServer();
    await using site = openSite();
    await using stage = await openLeakStage(site);
    await using chromium = await startChromium(path, stage.gate.flags, names.wrapper);
    await unlock(chromium.page, stage.gate);
    await chromium.open(`http://localhost:${site.port}/`);
    await chromium.run(nameHosts, null);
    expect([...names.asked]).toEqual([]);
    expect([...stage.looked]).toContain('fetch.names.test');
    expect([...stage.looked]).toContain('secure.names.test');
  });

  test.skipIf(!isPossible)('would, without the flags of the fence', async () => {
    using names = await openNameServer();
    await using site = openSite();
    await using stage = await openLeakStage(site);
    const flags = stage.gate.flags.filter((flag) => !/host-resolver-rules|webrtc/.test(flag));
    await using chromium = await startChromium(path, flags, names.wrapper);
    await unlock(chromium.page, stage.gate);
    await chromium.open(`http://localhost:${site.port}/`);
    chromium.run(nameHosts, null).catch(() => {});
    await eventually(() => names.asked.has('stun.names.test') && names.asked.has('turn.names.test'));
  });
});
