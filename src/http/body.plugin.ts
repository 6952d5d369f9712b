import type { TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { badRequest, tooLarge } from '../core/errors.ts';
import { validator } from '../wire/validator.ts';

/** A body that is read only after the caller is authorized, so that a refusal costs no reading. */
export class PendingBody {
  readonly #read: () => Promise<unknown>;

  constructor(read: () => Promise<unknown>) {
    this.#read = read;
  }

  /** Throws `ERR_TOO_LARGE`, `ERR_BAD_REQUEST` and `ERR_VALIDATION`. */
  read(): Promise<unknown> {
    return this.#read();
  }
}

type Options = {
  maxBytesOf(method: string, route: string): number;
  /** The schema of a route's body, if it takes one. */
  schemaOf(method: string, route: string): TSchema | undefined;
};

/**
 * Reads JSON bodies up to a limit, whether or not they announce their length. Validates the raw value: Elysia would
 * coerce it first, and accept an array as an object without fields.
 */
export function bodyPlugin({ maxBytesOf, schemaOf }: Options) {
  const checks = new Map<string, (value: unknown) => unknown>();

  function checkOf(method: string, route: string): (value: unknown) => unknown {
    const key = `${method} ${route}`;
    const known = checks.get(key);
    if (known) return known;
    const schema = schemaOf(method, route);
    const check = schema ? validator(schema) : (value: unknown) => value;
    checks.set(key, check);
    return check;
  }

  async function read(request: Request, route: string): Promise<unknown> {
    const maxBytes = maxBytesOf(request.method, route);
    const bytes = await readUpTo(request, maxBytes);
    if (!bytes) throw tooLarge({ max_bytes: maxBytes });
    if (bytes.length === 0) return {};
    const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json')
      throw badRequest.saying('The body must be JSON, sent as Content-Type: application/json')();
    return checkOf(request.method, route)(parsed(bytes));
  }

  return new Elysia({ name: 'body' }).onParse(
    { as: 'global' },
    ({ request, route }) => new PendingBody(() => read(request, route)),
  );
}

function parsed(bytes: Uint8Array): object {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest.saying('The body is not valid JSON')();
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest.saying('The body must be a JSON object')();
  // A key of this name would become the prototype when the body is copied.
  Reflect.deleteProperty(body, '__proto__');
  return body;
}

async function readUpTo(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (announced > maxBytes) return undefined;
  if (announced >= 0) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > maxBytes ? undefined : bytes;
  }
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
