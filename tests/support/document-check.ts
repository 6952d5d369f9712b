import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { closed } from './closed-schema.ts';

type Media = { schema?: object };
type Reply = { $ref?: string; headers?: Record<string, object>; content?: Record<string, Media> };
type Operation = { operationId: string; responses: Record<string, Reply> };
export type ApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: Record<string, Reply>; schemas: Record<string, object> };
};

type Entry = { method: string; pattern: RegExp; operation: Operation };

/**
 * Compares real answers with the OpenAPI document: the operation has such an answer, of this type, with these headers, and the body
 * is what its schema says, without a field that the schema does not know.
 */
export class DocumentCheck {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, validateFormats: true });
  readonly #entries: Entry[];
  readonly #checks = new Map<object, ValidateFunction>();
  readonly #errorBody: ValidateFunction;

  constructor(document: object) {
    this.#document = closed(structuredClone(document)) as ApiDocument;
    addFormats(this.#ajv);
    this.#ajv.addKeyword('example');
    for (const format of ['int32', 'int64']) this.#ajv.addFormat(format, true);
    this.#ajv.addSchema({ $id: 'document', $defs: referring(this.#document.components.schemas) });
    this.#errorBody = this.#ajv.compile({ $ref: 'document#/$defs/ErrorBody' });
    // Fixed words go before parameters, as in the router.
    this.#entries = Object.entries(this.#document.paths)
      .sort(([a], [b]) => (a.match(/\{/g)?.length ?? 0) - (b.match(/\{/g)?.length ?? 0))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          method: method.toUpperCase(),
          pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
          operation,
        })),
      );
  }

  /** The ids of all operations. */
  get operations(): string[] {
    return this.#entries.map(({ operation }) => operation.operationId);
  }

  operationOf(method: string, path: string): string | undefined {
    return this.#find(method, path)?.operationId;
  }

  /** What is wrong with an answer; nothing when it is as documented. */
  complaints(method: string, path: string, response: Response, body: string): string[] {
    const operation = this.#find(method, path);
    const { status, headers } = response;
    const type = headers.get('content-type')?.split(';')[0];
    const where = `${method} ${path} → ${status}`;
    if (!headers.has('x-correlation-id')) return [`${where}: no X-Correlation-Id`];
    if (status === 304 || method === 'HEAD' || method === 'OPTIONS') return [];
    if (!operation) {
      // A page says it in a sentence.
      if (status < 400 || type === 'text/html') return [];
      return this.#errorBody(parsed(body)) ? [] : [`${where}: ${said(this.#errorBody)} in ${body}`];
    }
    const reply = this.#reply(operation, status);
    if (!reply) return [`${where}: ${operation.operationId} has no such status in the document; ${body}`];
    const media = Object.entries(reply.content ?? {});
    const [, { schema = {} } = {}] = media.find(([one]) => one === type) ?? [];
    if (media.length > 0 && !media.some(([one]) => one === type)) return [`${where}: ${type} is not in the document`];
    const missing = Object.keys(reply.headers ?? {}).filter(
      (name) =>
        !name.startsWith('RateLimit') &&
        !headers.has(name) &&
        !(name === 'Retry-After' && !body.includes('retry_after')),
    );
    const lines = missing.map((name) => `${where}: the header ${name} is missing`);
    if (type === 'application/json') {
      const check = this.#checkOf(schema);
      if (!check(parsed(body))) lines.push(`${where}: ${said(check)} in ${body.slice(0, 2000)}`);
    }
    return lines;
  }

  /** Whether a value is what a schema of the document allows. */
  isValid(schema: object, value: unknown): boolean {
    return this.#checkOf(closed(structuredClone(schema)) as object)(value);
  }

  #find(method: string, path: string): Operation | undefined {
    const asked = method === 'HEAD' ? 'GET' : method;
    return this.#entries.find((one) => one.method === asked && one.pattern.test(path))?.operation;
  }

  #reply({ responses }: Operation, status: number): Reply | undefined {
    const reply = responses[status];
    const name = reply?.$ref?.split('/').at(-1);
    return name === undefined ? reply : this.#document.components.responses[name];
  }

  #checkOf(schema: object): ValidateFunction {
    const known = this.#checks.get(schema);
    if (known) return known;
    const check = this.#ajv.compile(referring(schema));
    this.#checks.set(schema, check);
    return check;
  }
}

function said({ errors }: ValidateFunction): string {
  return (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

/** Models are looked up where JSON Schema keeps them. */
function referring(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"document#/$defs/')) as object;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
