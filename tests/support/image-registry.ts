import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the registry meets a pull. With `other content`, the layer is not what its digest says. */
export type RegistryMood = 'gives' | 'unknown' | 'denies' | 'limits' | 'other content';

/** What is in the image: otherwise some filling. */
type ServedImage = { layer: Uint8Array; config: { Cmd: string[]; Env: string[] } };

const LAYER_BYTES = 4 * 2 ** 20;
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * A registry with one image of some megabytes, which a daemon of this machine pulls without encryption. Held, it gives half of
 * the layer and waits.
 */
export async function imageRegistry(labels: Record<string, string>, image: Partial<ServedImage> = {}) {
  const layer = image.layer ?? (await new Bun.Archive({ 'etc/filling': randomBytes(LAYER_BYTES) }).bytes());
  // A daemon sees by itself that it is not packed.
  const packed = layer;
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Labels: labels, Cmd: ['/nothing'], ...image.config },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digestOf(config),
      },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: packed.length,
          digest: digestOf(packed),
        },
      ],
    }),
  );
  let mood: RegistryMood = 'gives';
  let held = Promise.resolve();
  let pulls = 0;

  async function giveLayer(answer: ServerResponse): Promise<void> {
    pulls++;
    const half = packed.length >> 1;
    answer.writeHead(200, { 'content-length': packed.length });
    answer.write(packed.subarray(0, half));
    await held;
    answer.end(mood === 'other content' ? randomBytes(packed.length - half) : packed.subarray(half));
  }

  const server = createServer((request, answer) => {
    const path = request.url ?? '';
    const refuse = (status: number, code: string, message: string) =>
      answer.writeHead(status, JSON_TYPE).end(JSON.stringify({ errors: [{ code, message }] }));
    if (path === '/v2/') answer.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
    else if (mood === 'unknown') refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    else if (mood === 'denies') refuse(403, 'DENIED', 'requested access to the resource is denied');
    else if (mood === 'limits') refuse(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.');
    else if (path.includes('/manifests/')) {
      const headers = { 'content-type': type, 'docker-content-digest': digestOf(manifest) };
      answer.writeHead(200, { ...headers, 'content-length': manifest.length }).end(manifest);
    } else if (path.endsWith(digestOf(config))) answer.writeHead(200, { 'content-length': config.length }).end(config);
    else void giveLayer(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    /** The name of its image. */
    image: `127.0.0.1:${port}/test/{browser}:1`,
    /** How often the layer was fetched. */
    get pulls(): number {
      return pulls;
    },
    be(next: RegistryMood): void {
      mood = next;
    },
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
