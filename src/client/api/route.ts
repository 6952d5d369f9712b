import type { RestTransport } from '../link/rest-transport.ts';

/** How one call is made. Every method takes these as its last argument. */
export type CallOptions = {
  /** Ends the call; it then rejects with the signal's reason. The server may still carry it out. */
  signal?: AbortSignal;
  /** Time limit for one try, in milliseconds. */
  timeoutMs?: number;
  /** How long the call may take with all its tries, in milliseconds. 0 means one try. */
  patienceMs?: number;
};

/** A list whose `total` counts all entries, not only those of this page. */
export type List<Entry> = Entry[] & { readonly total: number };

/** What may follow the path of a list. */
export type Query<Model> = { readonly [Name in keyof Model]?: Model[Name] | undefined };

/** What may be given as a body: lists may be read-only, and what is optional may be undefined. */
export type Body<Model> = Model extends readonly (infer Entry)[]
  ? readonly Body<Entry>[]
  : Model extends object
    ? { readonly [Name in keyof Model]: Body<Model[Name]> | (object extends Pick<Model, Name> ? undefined : never) }
    : Model;

/** The credential that a call carries; without a word it is the session. */
export type Credential = 'none' | 'key' | 'public' | 'bot';

/**
 * An operation on the wire: verb, path and operation id, then words for what is not usual. `body` and `query`: takes one.
 * `again`: may be repeated without knowing whether it took effect. `text` and `bytes`: the answer is not JSON. `slow`: may take
 * up to 45 s. `503`: that answer is one, too.
 */
export type Route = `${'GET' | 'POST'} /${string} ${string}`;

/** The operation id of a route. */
export type IdOf<Of> = Of extends `${string} ${string} ${infer Rest}`
  ? Rest extends `${infer Id} ${string}`
    ? Id
    : Rest
  : never;

/** The methods of a group by the ids of their operations. */
export type ById<Routes, Group> = { [Name in keyof Routes & keyof Group as IdOf<Routes[Name]>]: Group[Name] };

const CREDENTIALS: readonly Credential[] = ['none', 'key', 'public', 'bot'];
const SLOW_MS = 60_000;

/** The method of a route: takes the values of the path in order, then a body or query, then {@link CallOptions}. */
export function methodOf(route: Route, transport: RestTransport) {
  const [method = '', path = '', , ...words] = route.split(' ');
  const has = (word: string) => words.includes(word);
  const auth = CREDENTIALS.find(has) ?? 'session';
  return (...given: unknown[]): Promise<unknown> => {
    const rest = [...given];
    const filled = path.replace(/\{\w+\}/g, () => encodeURIComponent(String(rest.shift())));
    const input = (has('body') || has('query') ? rest.shift() : undefined) as object | undefined;
    return transport.call({
      method,
      path: filled,
      auth,
      query: has('query') ? input : undefined,
      body: method === 'GET' ? undefined : (has('body') && input) || {},
      isRepeatable: method === 'GET' || has('again'),
      reads: has('text') ? 'text' : has('bytes') ? 'bytes' : 'json',
      accepts503: has('503'),
      ...(has('slow') ? { timeoutMs: SLOW_MS } : {}),
      ...(rest[0] as CallOptions | undefined),
    });
  };
}
