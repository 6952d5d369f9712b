import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import { JsonText } from '../core/json-text.ts';

/**
 * Writes packets as text. Portal sends no binary data, which the stock encoder looks for in every value. A {@link JsonText} in a
 * payload is not encoded again.
 */
export class PacketEncoder extends Encoder {
  override encode({ type, nsp, id, data }: Packet): string[] {
    const namespace = nsp === '/' || !nsp ? '' : `${nsp},`;
    return [`${type}${namespace}${id ?? ''}${encoded(data)}`];
  }
}

/** An event in the main namespace, as {@link PacketEncoder} writes it. */
export function encodeEvent(event: string, payload: object): string {
  return `${PacketType.EVENT}${encoded([event, payload])}`;
}

function encoded(data: unknown): string {
  if (!Array.isArray(data)) return data === undefined || data === null ? '' : JSON.stringify(data);
  if (!data.some(holdsText)) return JSON.stringify(data);
  return `[${data.map((value) => (holdsText(value) ? encodedObject(value) : (JSON.stringify(value) ?? 'null'))).join(',')}]`;
}

function holdsText(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) if ((value as Record<string, unknown>)[key] instanceof JsonText) return true;
  return false;
}

/** The object without its long texts is encoded at once; these are added at its end. */
function encodedObject(object: object): string {
  const rest: Record<string, unknown> = {};
  let texts = '';
  for (const [key, value] of Object.entries(object)) {
    if (value instanceof JsonText) texts += `,${JSON.stringify(key)}:${value.text}`;
    else rest[key] = value;
  }
  const encodedRest = JSON.stringify(rest);
  return encodedRest === '{}' ? `{${texts.slice(1)}}` : `${encodedRest.slice(0, -1)}${texts}}`;
}
