import { cut, type EngineConnection } from './engine-internals.ts';

/**
 * Counts what waits for a client's next poll, and cuts the client off when that is more than `maxBytes`: the engine itself
 * buffers without bound. (Bun does the same for WebSockets.) Gives a function that tells the bytes waiting now.
 */
export function limitPollingBuffer(connection: EngineConnection, maxBytes: number): () => number {
  let bytes = 0;
  connection.on('packetCreate', ({ data }) => {
    bytes += data ? Buffer.byteLength(data) : 0;
    if (bytes > maxBytes && connection.transport.name === 'polling') cut(connection);
  });
  connection.on('flush', () => {
    bytes = 0;
  });
  return () => bytes;
}

/** The body as text; undefined when it is longer than `maxBytes`, of which no more is read. */
export async function bodyUpTo(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
