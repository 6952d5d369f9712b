import { Elysia } from 'elysia';
import { type AppError, badRequest, tooLarge } from '../core/errors.ts';

/** A body that could not be read. It is kept until the caller is known: who may not call is told that first. */
export class UnreadableBody {
  readonly error: AppError;

  constructor(error: AppError) {
    this.error = error;
  }
}

/** Reads JSON bodies, of at most `maxBytes`, whether or not their length was announced. */
export function bodyPlugin(maxBytes: number) {
  return new Elysia({ name: 'body' }).onParse({ as: 'global' }, async ({ request }) => {
    const bytes = await readUpTo(request, maxBytes);
    if (!bytes) return new UnreadableBody(tooLarge({ max_bytes: maxBytes }));
    if (bytes.length === 0) return undefined;
    const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') {
      return new UnreadableBody(badRequest.saying('The body must be JSON, sent as Content-Type: application/json')());
    }
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      return new UnreadableBody(badRequest.saying('The body is not valid JSON')());
    }
  });
}

async function readUpTo(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (announced > maxBytes) return undefined;
  if (announced >= 0) return new Uint8Array(await request.arrayBuffer());
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
