import { describe, expect, test } from 'bun:test';
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { JsonText } from '../../src/core/json-text.ts';
import { encodeEvent, PacketEncoder } from '../../src/realtime/packet-encoder.ts';

const BYTES = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
const list = new JsonText(JSON.stringify([{ id: 1 }, { id: 2 }]));

function decoded(packet: Packet): unknown {
  const decoder = new Decoder();
  let found: unknown;
  decoder.on('decoded', (one: unknown) => {
    found = one;
  });
  for (const part of new PacketEncoder().encode(packet)) decoder.add(part);
  return found;
}

describe('packets are written as the stock encoder writes them', () => {
  test.each<[string, Packet]>([
    ['a connection', { type: PacketType.CONNECT, nsp: '/', data: { sid: 'x' } }],
    ['a refusal', { type: PacketType.CONNECT_ERROR, nsp: '/admin', data: { message: 'no', data: { code: 'ERR' } } }],
    ['a disconnection', { type: PacketType.DISCONNECT, nsp: '/' }],
    ['an event', { type: PacketType.EVENT, nsp: '/', data: ['said', { text: 'ü😀"\n', at: undefined, who: null }] }],
    ['an event with an acknowledgement', { type: PacketType.EVENT, nsp: '/', id: 0, data: ['ask', {}] }],
    ['an event of another namespace', { type: PacketType.EVENT, nsp: '/admin', id: 7, data: ['ask', [1], null] }],
    ['an answer', { type: PacketType.ACK, nsp: '/', id: 12, data: [{ ok: true }] }],
    ['an answer of nothing', { type: PacketType.ACK, nsp: '/', id: 12, data: [] }],
    ['bytes', { type: PacketType.EVENT, nsp: '/', data: ['shown', { n: 1, data: BYTES }] }],
    ['bytes alone', { type: PacketType.EVENT, nsp: '/admin', data: ['shown', { data: BYTES }] }],
    ['bytes twice', { type: PacketType.EVENT, nsp: '/', data: ['shown', { one: BYTES, other: BYTES }] }],
    ['bytes in an answer', { type: PacketType.ACK, nsp: '/', id: 12, data: [{ ok: true, data: BYTES }] }],
    ['values that JSON does not know', { type: PacketType.EVENT, nsp: '/', data: ['odd', undefined, Number.NaN] }],
  ])('%s', (_, packet) => {
    // The stock encoder writes into what it is given.
    expect(new PacketEncoder().encode({ ...packet })).toEqual(new Encoder().encode(structuredClone(packet)));
  });
});

describe('a text that is JSON already arrives as the value that it stands for', () => {
  test.each<[string, unknown[], unknown[]]>([
    ['in an answer', [{ list, ok: true }], [{ list: [{ id: 1 }, { id: 2 }], ok: true }]],
    ['alone in an answer', [{ list }], [{ list: [{ id: 1 }, { id: 2 }] }]],
    [
      'twice',
      [{ list, more: list, 'a "key"': list }],
      [JSON.parse(JSON.stringify({ list, more: list, 'a "key"': list }))],
    ],
    ['beside what is left out', [{ list, gone: undefined }], [{ list: [{ id: 1 }, { id: 2 }] }]],
    ['deeper inside', [{ here: { list } }], [{ here: { list: [{ id: 1 }, { id: 2 }] } }]],
    ['in place of the payload', [list], [[{ id: 1 }, { id: 2 }]]],
  ])('%s', (_, data, arrives) => {
    expect(decoded({ type: PacketType.ACK, nsp: '/', id: 3, data })).toMatchObject({ id: 3, data: arrives });
    const event = decoded({ type: PacketType.EVENT, nsp: '/', data: ['told', ...data] });
    expect(event).toMatchObject({ data: ['told', ...arrives] });
  });
});

test('an event that is encoded by itself reads as any other', () => {
  const payload = { chat_id: 3, text: 'ä"\n', list, bytes: BYTES };
  const packet = { type: PacketType.EVENT, nsp: '/', data: ['told', payload] };
  expect(encodeEvent('told', payload)).toEqual(new PacketEncoder().encode(packet));
});
