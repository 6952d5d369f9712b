import { connect, type Socket } from 'node:net';

/** What floods are made of. */
export type FloodKind =
  | 'sign-ins'
  | 'events'
  | 'unknown events'
  | 'large events'
  | 'probes'
  | 'pongs'
  | 'polling packets'
  | 'handshakes';
/** What the load process is asked to do, as JSON on stdin. */
export type FloodOrder = { port: number; token: string; kind: FloodKind; floodMs: number };
export type FloodResult = { connections: number; sentMb: number };

const { port, token, kind, floodMs }: FloodOrder = await Bun.stdin.json();
/** How long a client that was cut off or refused takes to come back. */
const BACK_MS = 20;
/** One write: a stock kernel buffer takes it at once. */
const CHUNK_BYTES = 64 * 1024;
const MOST_BYTES_A_SECOND = 8 * 1024 * 1024;
const POLLING = `/socket.io/?EIO=4&transport=polling`;

const until = performance.now() + floodMs;
const result: FloodResult = { connections: 0, sentMb: 0 };
const flood = kind === 'polling packets' ? floodByPosts : kind === 'handshakes' ? floodByHandshakes : floodByWebSocket;
while (performance.now() < until) {
  await flood().catch(() => {});
  await Bun.sleep(BACK_MS);
}
console.log(JSON.stringify(result));
process.exit(0);

/** One WebSocket, until the server closes it. */
async function floodByWebSocket(): Promise<void> {
  const sid = kind === 'probes' ? `&sid=${await handshake()}` : '';
  const socket = await open();
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket${sid} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  socket.resume();
  if (kind !== 'sign-ins' && kind !== 'probes') socket.write(frame(`40${JSON.stringify({ token })}`));
  const one = frame(packet());
  const chunk = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(CHUNK_BYTES / one.length)) }, () => one));
  await pour(socket, chunk);
}

function packet(): string {
  if (kind === 'sign-ins') return '40{"token":"x"}';
  if (kind === 'events') return '42["room:join",{"chat_id":1}]';
  if (kind === 'unknown events') return '421["nothing",{}]';
  if (kind === 'large events')
    return `42["room:join",${JSON.stringify({ chat_id: 1, fill: Array<number>(20_000).fill(1) })}]`;
  return kind === 'probes' ? '2probe' : '3';
}

/** One session by long polling, until its POSTs are refused. */
async function floodByPosts(): Promise<void> {
  const at = `http://127.0.0.1:${port}${POLLING}&sid=${await handshake()}`;
  const post = (body: string) => fetch(at, { method: 'POST', body });
  await post(`40${JSON.stringify({ token })}`);
  const body = Array.from({ length: 3800 }, () => '42["nothing",{}]')
    .join('\x1e')
    .slice(0, CHUNK_BYTES - 1);
  while (performance.now() < until) {
    const response = await post(body);
    await response.text();
    result.sentMb += body.length / 1e6;
    if (response.status !== 200) return;
  }
}

async function floodByHandshakes(): Promise<void> {
  while (performance.now() < until) await handshake();
}

async function handshake(): Promise<string> {
  result.connections++;
  const text = await (await fetch(`http://127.0.0.1:${port}${POLLING}`)).text();
  return (JSON.parse(text.startsWith('0') ? text.slice(1) : '{}') as { sid?: string }).sid ?? '';
}

function open(): Promise<Socket> {
  result.connections++;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function pour(socket: Socket, chunk: Buffer): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  const began = performance.now();
  for (let sent = 0; performance.now() < until && !socket.destroyed; sent += chunk.length) {
    result.sentMb += chunk.length / 1e6;
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    const dueMs = (sent / MOST_BYTES_A_SECOND) * 1000 - (performance.now() - began);
    if (dueMs > 0) await Bun.sleep(dueMs);
  }
  socket.destroy();
}

/** A text frame of ASCII, masked with zeros. */
function frame(text: string): Buffer {
  const { length } = text;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 0xff];
  return Buffer.from([...head, 0, 0, 0, 0, ...Buffer.from(text)]);
}
