/** `{code, message}`, as n.eko's errors are. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const badRequest = (message: string) => new Refusal(400, message);
export const unauthorized = () => new Refusal(401, 'Unauthorized');
export const forbidden = (message: string) => new Refusal(403, message);
export const notFound = (message: string) => new Refusal(404, message);
export const unprocessable = (message: string) => new Refusal(422, message);
export const internalError = (message = 'Internal Server Error') => new Refusal(500, message);

/** Go ends its JSON with a line break. */
export function json(body: unknown, status = 200): Response {
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { 'Content-Type': 'application/json' } });
}

export const done = () => new Response(null, { status: 204 });

/** The body's JSON. An empty one is an error of its own. */
export async function readBody(request: Request): Promise<unknown> {
  const body = await request.text();
  if (body.trim() === '') throw badRequest('no data provided');
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw badRequest('unable to parse provided data');
  }
}

/** The value, unless it could not be decoded. */
export function decoded<Value>(value: Value | undefined): Value {
  if (value === undefined) throw badRequest('unable to parse provided data');
  return value;
}
