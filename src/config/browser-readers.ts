import { isIP } from 'node:net';
import { hostWithPort } from '../core/web-host.ts';

/** A STUN or TURN server for viewers. */
export type IceServer = {
  urls: readonly string[];
  username?: string;
  credential?: string;
  secret?: string;
};

// Each parses the text of a variable, or throws a message that continues "PORTAL_X …".

export function dockerHost(value: string): string {
  if (/^unix:\/\/\/.+/.test(value)) return value;
  if (/^tcp:\/\/(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i.test(value)) return value;
  throw new Error('must be a Docker daemon such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375');
}

/** The name of an image, with `{browser}` in it or without. */
export function imageTemplate(value: string): string {
  const name = value.replaceAll('{browser}', 'browser');
  if (!/^[a-z\d]([\w.:/-]*[\w])?(@sha256:[\da-f]{64})?$/.test(name)) {
    throw new Error('must be the name of an image such as ghcr.io/m1k1o/neko/{browser}:3.1.5');
  }
  return value;
}

/** `first-last`, or one port. */
export function portRange(value: string): string {
  const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? [];
  const [first, last] = [Number(from), Number(to)];
  const isSane = from !== '' && first >= 1024 && last <= 65_535 && first <= last && last - first < 1000;
  if (!isSane) throw new Error('must be ports such as 52000-52015: from 1024 to 65535, and at most 1000');
  return value;
}

/** A host name or an address, without a port. */
export function mediaHost(value: string): string {
  if (isIP(value) > 0) return value;
  const found = hostWithPort(value);
  if (found === null || found.port !== null || !/[a-z]/i.test(value)) {
    throw new Error(`holds a mistake: "${value}" is no address or host name, without a port`);
  }
  return value;
}

const ICE_FIELDS = new Set(['urls', 'username', 'credential', 'secret']);
const NO_ICE = 'must be a JSON list such as [{"urls":["turn:turn.example.com:3478"],"secret":"…"}]';

/** Servers for WebRTC. Nothing of the text is quoted in a mistake: it may hold secrets. */
export function iceServers(value: string): readonly IceServer[] {
  if (value.trim() === '') return [];
  const list = parsed(value);
  if (!Array.isArray(list)) throw new Error(NO_ICE);
  return list.map(iceServer);
}

function iceServer(entry: unknown): IceServer {
  if (typeof entry !== 'object' || entry === null) throw new Error(NO_ICE);
  const fields = entry as Record<string, unknown>;
  const odd = Object.keys(fields).find((name) => !ICE_FIELDS.has(name));
  if (odd !== undefined) throw new Error(`has the field "${odd}", which is none of ${[...ICE_FIELDS].join(', ')}`);
  const urls = typeof fields.urls === 'string' ? [fields.urls] : fields.urls;
  const isUrl = (url: unknown) => typeof url === 'string' && /^(stuns?|turns?):[^\s/]+$/.test(url);
  if (!Array.isArray(urls) || urls.length === 0 || !urls.every(isUrl)) {
    throw new Error('needs "urls" that begin with stun:, stuns:, turn: or turns: in each entry');
  }
  for (const name of ['username', 'credential', 'secret']) {
    if (fields[name] !== undefined && typeof fields[name] !== 'string')
      throw new Error(`has a "${name}" that is no text`);
  }
  const { username, credential, secret } = fields as Partial<Record<string, string>>;
  const isTurn = urls.some((url: string) => url.startsWith('turn'));
  if (isTurn && secret === undefined && (username === undefined || credential === undefined)) {
    throw new Error('has a TURN server that needs a "secret", or a "username" and a "credential"');
  }
  return { urls, ...defined({ username, credential, secret }) };
}

function defined(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error(NO_ICE);
  }
}
