import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { closed } from './closed-schema.ts';

type Message = { name: string; payload: object; examples: { payload: unknown }[] };
type Reference = { $ref: string };
type Operation = {
  action: 'send' | 'receive';
  title: string;
  messages: Reference[];
  reply?: { messages: Reference[] };
  'x-error-codes'?: string[];
};
export type LiveDocument = {
  operations: Record<string, Operation>;
  components: { messages: Record<string, Message>; schemas: Record<string, object> };
};

/** Compares what goes over sockets with the AsyncAPI document. */
export class LiveCheck {
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #document: LiveDocument;
  readonly #events = new Map<string, ValidateFunction>();
  readonly #answers = new Map<string, { check: ValidateFunction; codes: readonly string[] }>();
  readonly #failure: ValidateFunction;

  constructor(document: object) {
    this.#document = document as LiveDocument;
    const { components, operations } = closed(structuredClone(document)) as LiveDocument;
    addFormats(this.#ajv);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addSchema({ $id: 'document', $defs: referring(components.schemas) });
    const checkOf = ({ $ref }: Reference) =>
      this.#ajv.compile(referring(components.messages[$ref.split('/').at(-1) ?? '']?.payload ?? { not: {} }));
    this.#failure = this.#ajv.compile({ $ref: 'document#/$defs/Failure' });
    for (const { action, title, messages, reply, 'x-error-codes': codes = [] } of Object.values(operations)) {
      const [first, answer] = [messages[0], reply?.messages[0]];
      if (action === 'send' && first) this.#events.set(title, checkOf(first));
      if (answer) this.#answers.set(title, { check: checkOf(answer), codes });
    }
  }

  /** Everything that the server sends by this document. */
  get sent(): string[] {
    return [...this.#events.keys()];
  }

  /** What is wrong with an event that the server sent. Those of no one's module are not looked at. */
  event(name: string, payload: object): string[] {
    const check = this.#events.get(name);
    if (!check) return [];
    const value = asSent(payload);
    return check(value) ? [] : [`${name}: ${said(check)} in ${JSON.stringify(value).slice(0, 1000)}`];
  }

  /** What is wrong with an acknowledgement. */
  answer(name: string, given: object): string[] {
    const known = this.#answers.get(name);
    if (!known) return [];
    const value = asSent(given) as { ok?: boolean; code?: string };
    const check = value.ok === true ? known.check : this.#failure;
    if (!check(value)) return [`answer to ${name}: ${said(check)} in ${JSON.stringify(value).slice(0, 1000)}`];
    const isKnown = value.ok === true || known.codes.includes(value.code ?? '');
    return isKnown ? [] : [`answer to ${name}: the document does not know ${value.code} (${JSON.stringify(value)})`];
  }

  /** The messages whose example their own schema refuses. */
  wrongExamples(): string[] {
    return Object.values(this.#document.components.messages).flatMap(({ name, payload, examples }) => {
      const check = this.#ajv.compile(closed(referring(payload)) as object);
      return examples.filter((one) => !check(one.payload)).map(() => `${name}: ${said(check)}`);
    });
  }
}

/** What the other side reads: JSON, with attachments in place of bytes. */
function asSent(payload: object): unknown {
  const isBytes = Object.values(payload).some((value) => value instanceof Uint8Array);
  const readable = !isBytes
    ? payload
    : Object.fromEntries(
        Object.entries(payload).map(([key, value]) => [key, value instanceof Uint8Array ? '' : value]),
      );
  return JSON.parse(JSON.stringify(readable)) as unknown;
}

function said({ errors }: ValidateFunction): string {
  return (errors ?? []).map((one) => `${one.instancePath} ${one.message} ${JSON.stringify(one.params)}`).join('; ');
}

function referring<T extends object>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"document#/$defs/')) as T;
}
