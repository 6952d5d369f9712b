/** A header field as it came, as Latin-1, which keeps each byte. */
export type Header = readonly [name: string, value: string];

const NAME = /^[!#$%&'*+\-.^_`|~\w]{1,256}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What concerns one connection, and not what is at its other end. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'te', 'upgrade', 'http2-settings', 'expect', 'host']);

/** A header field without anything that another server could read differently. Null for a line that is none. */
export function headerOf(line: string): Header | null {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon));
  const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
  return NAME.test(name) && VALUE.test(value) ? [name, value] : null;
}

/** The values of all fields of a name. */
export function valuesOf(headers: readonly Header[], wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

/** The fields that go on: none that concerns the connection or the proxy, none that `Connection` names. */
export function endToEnd(headers: readonly Header[]): Header[] {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.toLowerCase().split(/[\t ]*,[\t ]*/));
  const isHop = (name: string) => HOP_BY_HOP.has(name) || name.startsWith('proxy-') || named.includes(name);
  return headers.filter(([name]) => !isHop(name.toLowerCase()));
}
