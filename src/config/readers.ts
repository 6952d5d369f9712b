import { BlockList } from 'node:net';
import { addRange } from '../core/addresses.ts';

// Each reads the text of a variable, or throws the rest of the sentence "PORTAL_X …".

export function text(value: string): string {
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
  const known = { on: true, true: true, '1': true, off: false, false: false, '0': false }[value.toLowerCase()];
  if (known === undefined) throw new Error('must be on or off');
  return known;
}

export function oneOf<const T extends readonly string[]>(...options: T) {
  return (value: string): T[number] => {
    if (!options.includes(value)) throw new Error(`must be one of ${options.join(', ')}`);
    return value;
  };
}

/** An http(s) address without a path. */
export function origin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
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

/** At least 32 bytes, as text. */
export function secretText(value: string): string {
  if (Buffer.byteLength(value) < 32) throw new Error('must be at least 32 characters long');
  return value;
}
