import { SEQ_OFFSET, TOKEN } from './protocol.ts';

/** What all clients of one run have seen. */
export type Tally = { delivered: number; lost: number; disordered: number; onDelivery(): void };

type Reader = { rest: Buffer; expected: number; isUpgraded: boolean; onReady(): void; onFailure(error: Error): void };

const [FOUR, TWO, ZERO] = [0x34, 0x32, 0x30];
const PONG = maskedFrame('3');

/** Opens one bare client and resolves when the server has let it in. From then on `tally` counts what reaches it. */
export function openClient(port: number, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    const data: Reader = { rest: Buffer.alloc(0), expected: 0, isUpgraded: false, onReady: resolve, onFailure: reject };
    void Bun.connect<Reader>({
      hostname: '127.0.0.1',
      port,
      data,
      socket: {
        open: (socket) => void socket.write(upgradeRequest(port)),
        data: (socket, chunk) => read(socket, chunk, tally),
        close: (socket) => socket.data.onFailure(new Error('a client was disconnected')),
        error: (socket, error) => socket.data.onFailure(error),
      },
    }).catch(reject);
  });
}

function read(socket: Bun.Socket<Reader>, chunk: Buffer, tally: Tally): void {
  const reader = socket.data;
  let bytes = reader.rest.length === 0 ? chunk : Buffer.concat([reader.rest, chunk]);
  if (!reader.isUpgraded) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) reader.isUpgraded = true;
    bytes = end >= 0 ? bytes.subarray(end + 4) : bytes;
  }
  reader.rest = reader.isUpgraded ? readFrames(socket, bytes, tally) : Buffer.from(bytes);
}

/** Reads the whole frames and gives back what is left of the last. Servers send no fragments and nothing over 64 KiB here. */
function readFrames(socket: Bun.Socket<Reader>, bytes: Buffer, tally: Tally): Buffer {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short < 126 ? 2 : 4);
    const end = start + (short < 126 ? short : bytes.readUInt16BE(at + 2));
    if (end > bytes.length) break;
    if (end > start) readMessage(socket, bytes, start, tally);
    at = end;
  }
  return at === bytes.length ? bytes.subarray(at) : Buffer.from(bytes.subarray(at));
}

function readMessage(socket: Bun.Socket<Reader>, bytes: Buffer, start: number, tally: Tally): void {
  const [type, kind] = [bytes[start], bytes[start + 1]];
  if (type === FOUR && kind === TWO) count(socket.data, sequenceAt(bytes, start + SEQ_OFFSET), tally);
  else if (type === FOUR && kind === ZERO) socket.data.onReady();
  else if (type === ZERO) socket.write(maskedFrame(`40${JSON.stringify({ token: TOKEN })}`));
  else if (type === TWO) socket.write(PONG);
}

function count(reader: Reader, seq: number, tally: Tally): void {
  if (seq > reader.expected) tally.lost += seq - reader.expected;
  if (seq < reader.expected) tally.disordered++;
  reader.expected = Math.max(reader.expected, seq + 1);
  tally.delivered++;
  tally.onDelivery();
}

function sequenceAt(bytes: Buffer, start: number): number {
  let seq = 0;
  for (let at = start; at < start + 8; at++) seq = seq * 10 + (bytes[at] ?? 0) - ZERO;
  return seq;
}

function upgradeRequest(port: number): string {
  return (
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
    'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  );
}

/** A short text frame, masked with zeros. */
function maskedFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
