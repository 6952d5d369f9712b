import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BlockList } from 'node:net';
import { addRange } from '../core/addresses.ts';
import { hostWithPort, hostWithPortText } from '../core/web-host.ts';

// Each parses the text of a variable, or throws a message that continues "PORTAL_X …".

export function text(value: string): string {
  if (value.trim() === '') throw new Error('must not be empty');
  return value;
}

export function domain(value: string): string {
  if (!/^\.?[a-z\d-]+(\.[a-z\d-]+)*$/i.test(value)) throw new Error('must be a domain such as example.com');
  return value;
}

export function integer(lowest: number, highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d{1,15}$/.test(value) || number < lowest || number > highest) {
      throw new Error(`must be a whole number from ${lowest} to ${highest}`);
    }
    return number;
  };
}

export function onOff(value: string): boolean {
  const word = value.toLowerCase();
  const isOn = ['on', 'true', '1'].includes(word);
  if (!isOn && !['off', 'false', '0'].includes(word)) throw new Error('must be on or off');
  return isOn;
}

export function oneOf<const T extends readonly string[]>(...options: T) {
  return (value: string): T[number] => {
    if (!options.includes(value)) throw new Error(`must be one of ${options.join(', ')}`);
    return value;
  };
}

/** An http(s) URL without a path. */
export function origin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw new Error('must be an address such as https://portal.example.com, without a path');
  }
  return url.origin;
}

export function list<T>(read: (value: string) => T) {
  return (value: string): readonly T[] =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(read);
}

export function addressRange(value: string): string {
  try {
    addRange(new BlockList(), value);
  } catch (error) {
    throw new Error(`holds a mistake: ${(error as Error).message}`);
  }
  return value;
}

/** `host` or `host:port`, in the one way to write it. */
export function openHost(value: string): string {
  const mistake = (what: string) => new Error(`holds a mistake: "${value}" ${what}`);
  if (value.includes('@')) throw new Error('must not hold user names or passwords');
  if (value.includes('*')) throw mistake('has a wildcard; name each host');
  if (value.includes('://')) throw mistake('is a URL; leave out what stands before and after the host');
  if (/^[\d.a-f:]+\/\d+$/i.test(value)) throw mistake('is a range; name each host');
  // Names in other scripts become what the browser asks for.
  const isAscii = /^[!-~]*$/.test(value);
  const found = hostWithPort(isAscii ? value : (URL.parse(`http://${value}`)?.host ?? ''));
  if (found === null)
    throw mistake('is no host or host:port such as nas.example.com, 192.168.1.5:8080 or [fd00::5]:8080');
  return hostWithPortText(found);
}

/** `1280x720@30`: width and height in pixels, and frames per second. */
export function pictureSize(value: string): string {
  const [width = 0, height = 0, frames = 0] = /^(\d{3,4})x(\d{3,4})@(\d{1,2})$/.exec(value)?.slice(1).map(Number) ?? [];
  const isSane = width >= 320 && width <= 3840 && height >= 240 && height <= 2160 && frames >= 1 && frames <= 60;
  if (!isSane) throw new Error('must be a size such as 1280x720@30: up to 3840x2160, and at most 60 frames');
  return value;
}

/** At least 32 bytes, as text. */
export function secretText(value: string): string {
  if (Buffer.byteLength(value) < 32) throw new Error('must be at least 32 characters long');
  return value;
}

/** A token for a header: at least 8 visible ASCII characters. */
export function token(value: string): string {
  if (!/^[!-~]{8,}$/.test(value)) throw new Error('must be at least 8 characters, without spaces');
  return value;
}

/** Marks the metadata at the end of the file. */
const MMDB_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const MMDB_END_BYTES = 128 * 1024;

/** The path of a MaxMind database. */
export function mmdbFile(value: string): string {
  if (!endOf(value, MMDB_END_BYTES)?.includes(MMDB_MARK))
    throw new Error('must be the path of a MaxMind database file');
  return value;
}

/** The last bytes of a file, at most `most`; undefined if it cannot be read. */
function endOf(path: string, most: number): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, most));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
