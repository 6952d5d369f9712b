import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, prerequisite } from './prerequisites.ts';
import { freePort } from './running-server.ts';
import { eventually } from './waiting.ts';

/** A proxy in front of a server. */
export type Proxy = AsyncDisposable & { readonly url: string };

/** The path of nginx, installed if this machine lets us; undefined: skip the test (see `prerequisite`). */
export function requireNginx(): Promise<string | undefined> {
  const find = () => findProgram('NGINX', ['nginx']) ?? Bun.which('nginx', { PATH: '/usr/sbin:/sbin' }) ?? undefined;
  return prerequisite({ name: 'nginx', find, aptPackages: ['nginx'] });
}

/** A real nginx. `lines` are added to its `location /`, which has nothing but `proxy_pass` otherwise. */
export async function startNginx(nginx: string, to: string, lines = ''): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'portal-nginx-'));
  const url = `http://127.0.0.1:${freePort()}`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ');
  // One process under our own account: nothing is left behind, and root is not needed.
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
    events {}
    http {
      access_log off; ${temporary}
      map $http_upgrade $connection_upgrade { default upgrade; '' close; }
      server { listen ${new URL(url).host}; location / { proxy_pass ${to}; ${lines} } }
    }`,
  );
  const child = Bun.spawn([nginx, '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await eventually(async () => child.exitCode !== null || (await answers()));
  if (child.exitCode !== null) throw new Error(`nginx ended: ${await new Response(child.stderr).text()}`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** A proxy that cuts every connection when told to, or lets it carry nothing more. */
export async function cuttingProxy(to: string): Promise<Proxy & { cut(): void; stall(): void }> {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    const { hostname, port } = new URL(to);
    const behind = connect(Number(port), hostname);
    for (const socket of [client, behind]) keep(socket);
    client.pipe(behind).pipe(client);
    client.on('close', () => behind.destroy());
    behind.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    /** Those that come later carry again. */
    stall() {
      for (const socket of open) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
