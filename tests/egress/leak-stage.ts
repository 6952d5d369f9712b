import { createSocket } from 'node:dgram';
import { connect, createServer, type Server, Socket } from 'node:net';
import { EgressFence } from '../../src/adapters/egress/fence.ts';
import type { Gate } from '../../src/adapters/egress/gate.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { PUBLIC } from './stage.ts';

/** Servers of the test's own that a browser must not reach, and what reached them. */
export type Secrets = AsyncDisposable & {
  /** The port of 127.0.0.1, 127.0.0.2, 127.0.0.3 and ::1. */
  port: number;
  udpPort: number;
  /** `GET /path host` of each connection; `(nothing)` as long as nothing was sent. */
  reached: { text: string }[];
  datagrams: number;
};

export async function openSecrets(): Promise<Secrets> {
  const reached: { text: string }[] = [];
  const open = new Set<Socket>();
  const take = (socket: Socket) => {
    const entry = { text: '(nothing)' };
    reached.push(entry);
    open.add(socket);
    socket.on('error', () => {});
    socket.once('data', (chunk: Buffer) => {
      // STUN begins with two zero bits; TLS and HTTP do not.
      const other = (chunk[0] ?? 0) < 0x14 ? 'STUN' : 'no HTTP';
      const [, first = other] = /^(\S+ \S+) HTTP/.exec(chunk.toString('latin1')) ?? [];
      entry.text = `${first} ${/^host: (.*)\r$/im.exec(chunk.toString('latin1'))?.[1] ?? ''}`;
      socket.end('HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  };
  const listen = (address: string, port: number) =>
    new Promise<Server | undefined>((resolve) => {
      const server = createServer(take);
      // A machine without IPv6 has no ::1.
      server.once('error', () => resolve(undefined));
      server.listen(port, address, () => resolve(server));
    });
  const first = await listen('127.0.0.1', 0);
  const port = (first?.address() as { port: number } | undefined)?.port ?? 0;
  const servers = [first, await listen('127.0.0.2', port), await listen('127.0.0.3', port), await listen('::1', port)];
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const secrets = {
    port,
    udpPort: udp.address().port,
    reached,
    datagrams: 0,
    async [Symbol.asyncDispose]() {
      udp.close();
      for (const socket of open) socket.destroy();
      await Promise.all(
        servers.map((server) => new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))),
      );
    },
  };
  udp.on('message', () => {
    secrets.datagrams++;
  });
  return secrets;
}

export type Site = AsyncDisposable & { port: number; asked: string[] };

/** A website on this machine: it stands for all of the Internet, and for the one host that the operator opened. */
export function openSite(scripts: () => string = () => ''): Site {
  const asked: string[] = [];
  const html = { 'content-type': 'text/html', 'access-control-allow-origin': '*' };
  const javascript = {
    'content-type': 'text/javascript',
    'access-control-allow-origin': '*',
    'service-worker-allowed': '/',
  };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const url = new URL(request.url);
      asked.push(`${request.headers.get('host')}${url.pathname}`);
      const to = url.searchParams.get('to') ?? '';
      if (url.pathname === '/to')
        return new Response(null, { status: Number(url.searchParams.get('status')), headers: { location: to } });
      if (url.pathname === '/refresh') return new Response('', { headers: { ...html, refresh: `0; url=${to}` } });
      if (url.pathname === '/scripts.js') return new Response(scripts(), { headers: javascript });
      if (url.pathname.endsWith('.js')) return new Response(url.searchParams.get('code'), { headers: javascript });
      const script = url.pathname === '/scripts' ? '<script src="/scripts.js"></script>' : '';
      return new Response(`<!doctype html><title>site</title><body>${script}`, { headers: html });
    },
  });
  return { port: server.port ?? 0, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

export type LeakStage = AsyncDisposable & {
  gate: Gate;
  /** The fence of the gate, for engines that open gates of their own. */
  fence: Pick<EgressFence, 'openGate' | 'check'>;
  /** What the browser asked for, as the fence saw it, and refused. */
  refused: Set<string>;
  /** Connections of the fence that were neither to the site nor to anything public. */
  strays: string[];
  looked: Set<string>;
};

/** A fence whose Internet is the site. Connections to anywhere else than loopback are noted and not made. */
export async function openLeakStage(site: { port: number }): Promise<LeakStage> {
  const [refused, looked, strays] = [new Set<string>(), new Set<string>(), [] as string[]];
  let turns = 0;
  const names: Record<string, () => string[]> = {
    'public.test': () => [PUBLIC],
    'rebind.test': () => [turns++ === 0 ? PUBLIC : '127.0.0.1'],
    'mixed.test': () => [PUBLIC, '127.0.0.1'],
    'loop.test': () => ['127.0.0.1'],
    'six.test': () => ['::1'],
    'mapped.test': () => ['::ffff:127.0.0.1'],
    'metadata.test': () => ['169.254.169.254'],
    localhost: () => ['127.0.0.1'],
  };
  const fence = new EgressFence({
    allowHosts: [`localhost:${site.port}`],
    timers: systemTimers,
    random: systemRandom,
    networks: () => [],
    async resolve(name) {
      looked.add(name);
      return names[name]?.() ?? (name.endsWith('.localhost') ? ['127.0.0.1'] : []);
    },
    connect(address, port) {
      const isSite = address === PUBLIC || (address === '127.0.0.1' && port === site.port);
      if (!isSite) strays.push(`${address}:${port}`);
      if (!isSite && !/^(127\.|::1$)/.test(address)) return new Socket().destroy(new Error('not in a test'));
      return connect({ host: isSite ? '127.0.0.1' : address, port: isSite ? site.port : port, allowHalfOpen: true });
    },
  });
  const noting: LeakStage['fence'] = {
    openGate: (events) => fence.openGate({ ...events, refused: (_refusal, to) => refused.add(to?.host ?? '') }),
    check: () => fence.check(),
  };
  const gate = await noting.openGate();
  return { gate, fence: noting, refused, strays, looked, [Symbol.asyncDispose]: () => gate.close() };
}
