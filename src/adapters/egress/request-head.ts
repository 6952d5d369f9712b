import { isIPv6 } from 'node:net';
import { hostWithPort } from '../../core/web-host.ts';
import type { Target } from './destinations.ts';
import { endToEnd, type Header, headerOf, valuesOf } from './header-lines.ts';
import { Refusal } from './refusal.ts';

/** The first lines of what a browser sends to its proxy. */
export type RequestHead = { method: string; target: string; headers: readonly Header[] };

/** What it asks for: a tunnel, or one request over plain HTTP with a body of so many bytes. */
export type Wish = { kind: 'tunnel'; to: Target } | { kind: 'request'; to: Target; bodyLength: number; head: string };

const MOST_HEADERS = 256;
const HTTP_PORT = 80;

/**
 * Reads a request as strictly as can be: what two programs could understand in two ways is refused. `text` is Latin-1 up to
 * the empty line, without it.
 *
 * @throws Refusal
 */
export function readRequestHead(text: string): RequestHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, method = '', target = '', version] =
    /^([!#$%&'*+\-.^_`|~\w]{1,32}) ([!-~]+) (HTTP\/[\d.]{1,5})$/.exec(first) ?? [];
  if (version === undefined) throw malformed();
  if (version !== 'HTTP/1.1') throw new Refusal(505, 'The proxy of the shared browser speaks HTTP/1.1 only.');
  const headers = lines.map(headerOf);
  if (headers.includes(null) || headers.length > MOST_HEADERS) throw malformed();
  return { method, target, headers: headers as Header[] };
}

/**
 * What the browser asks for, and where that is.
 *
 * @throws Refusal
 */
export function wishOf({ method, target, headers }: RequestHead): Wish {
  const lengths = valuesOf(headers, 'content-length');
  // Browsers send no chunks to a proxy, and without them there is one way to tell where a body ends.
  if (valuesOf(headers, 'transfer-encoding').length > 0) throw malformed();
  if (lengths.length > 1 || !/^\d{0,15}$/.test(lengths[0] ?? '') || lengths[0] === '') throw malformed();
  if (valuesOf(headers, 'host').length > 1) throw malformed();

  if (method === 'CONNECT') {
    const to = authority(target);
    if (to === null || to.port === null || lengths.length > 0) throw malformed();
    return { kind: 'tunnel', to: { host: to.host, port: to.port } };
  }
  if (/^(CONNECT|TRACE|TRACK)$/i.test(method)) throw new Refusal(501, `${method} is not open to the shared browser.`);
  const [, scheme = '', place = '', path = ''] = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)([/?][^#]*)?$/i.exec(target) ?? [];
  const to = authority(place);
  if (to === null) throw malformed();
  if (scheme.toLowerCase() !== 'http') throw new Refusal(403, `${scheme}: is not open to the shared browser.`);
  const lines = [
    `${method} ${path.startsWith('/') ? path : `/${path}`} HTTP/1.1`,
    // The address says where it goes; what the browser put into Host does not.
    `Host: ${place}`,
    ...endToEnd(headers)
      .filter(([name]) => name.toLowerCase() !== 'content-length')
      .map(([name, value]) => `${name}: ${value}`),
    // Written again from what was understood, whatever Connection says of it.
    ...lengths.map((length) => `Content-Length: ${length}`),
    'Connection: close',
  ];
  return {
    kind: 'request',
    to: { host: to.host, port: to.port ?? HTTP_PORT },
    bodyLength: Number(lengths[0] ?? 0),
    head: `${lines.join('\r\n')}\r\n\r\n`,
  };
}

function authority(text: string) {
  // An IPv6 address without brackets could be one with a port.
  return isIPv6(text) ? null : hostWithPort(text);
}

function malformed(): Refusal {
  return new Refusal(400, 'This is no request that the proxy of the shared browser understands.');
}
