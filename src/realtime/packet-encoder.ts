import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import { JsonText } from '../core/json-text.ts';

/**
 * Writes packets as text. A {@link JsonText} in a payload is not encoded again, and bytes follow the text as they are, however many
 * sockets they go to. Both are looked for among a payload's own fields, while the stock encoder searches every value for bytes.
 */
export class PacketEncoder extends Encoder {
  override encode({ type, nsp, id, data }: Packet): EncodedPacket {
    return encodePacket(type, `${nsp === '/' || !nsp ? '' : `${nsp},`}${id ?? ''}`, data);
  }
}

/** A packet as text, and the bytes that follow it. */
export type EncodedPacket = (string | Buffer)[];

/** An event in the main namespace, as {@link PacketEncoder} writes it. */
export function encodeEvent(event: string, payload: object): EncodedPacket {
  return encodePacket(PacketType.EVENT, '', [event, payload]);
}

function encodePacket(type: PacketType, head: string, data: unknown): EncodedPacket {
  const attached: Buffer[] = [];
  const text = `${head}${encoded(data, attached)}`;
  if (attached.length === 0) return [`${type}${text}`];
  const binary = type === PacketType.ACK ? PacketType.BINARY_ACK : PacketType.BINARY_EVENT;
  return [`${binary}${attached.length}-${text}`, ...attached];
}

function encoded(data: unknown, attached: Buffer[]): string {
  if (!Array.isArray(data)) return data === undefined || data === null ? '' : JSON.stringify(data);
  if (!data.some(isSpecial)) return JSON.stringify(data);
  return `[${data.map((value) => (isSpecial(value) ? encodedObject(value, attached) : (JSON.stringify(value) ?? 'null'))).join(',')}]`;
}

function isSpecial(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    const held = (value as Record<string, unknown>)[key];
    if (held instanceof JsonText || held instanceof Uint8Array) return true;
  }
  return false;
}

/** The object without its long texts and bytes is encoded at once; these are added at its end. */
function encodedObject(object: object, attached: Buffer[]): string {
  const rest: Record<string, unknown> = {};
  let special = '';
  for (const [key, value] of Object.entries(object)) {
    if (value instanceof JsonText) special += `,${JSON.stringify(key)}:${value.text}`;
    else if (value instanceof Uint8Array) special += `,${JSON.stringify(key)}:${placeholder(value, attached)}`;
    else rest[key] = value;
  }
  const encodedRest = JSON.stringify(rest);
  return encodedRest === '{}' ? `{${special.slice(1)}}` : `${encodedRest.slice(0, -1)}${special}}`;
}

function placeholder(bytes: Uint8Array, attached: Buffer[]): string {
  // A view, not a copy.
  attached.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return `{"_placeholder":true,"num":${attached.length - 1}}`;
}
