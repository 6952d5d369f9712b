import { cut, type EngineConnection, webSocketOf } from './engine-internals.ts';

/**
 * Cuts a polling client off when more than `maxBytes` are queued for it: the engine's own buffer is unbounded. (Bun limits
 * WebSockets.) Returns a function that gives the number of queued bytes.
 */
export function limitPollingBuffer(connection: EngineConnection, maxBytes: number): () => number {
  if (webSocketOf(connection)) return () => 0;
  let bytes = 0;
  const count = ({ data }: { data?: string | Buffer }) => {
    bytes += data ? Buffer.byteLength(data) : 0;
    if (bytes > maxBytes) cut(connection);
  };
  const flushed = () => {
    bytes = 0;
  };
  connection.on('packetCreate', count);
  connection.on('flush', flushed);
  connection.on('upgrade', () => {
    connection.off('packetCreate', count);
    connection.off('flush', flushed);
    bytes = 0;
  });
  return () => bytes;
}

/** The body as text; undefined, without reading on, once it exceeds `maxBytes`. */
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
