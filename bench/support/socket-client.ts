/**
 * A client that speaks just enough WebSocket and Socket.IO over a bare TCP connection, so that a thousand of them cost
 * little beside the measured server. It reads whole text frames; the servers here send no fragments, and nothing over 64 KiB.
 */
export type SocketClient = {
  /** Sends one Engine.IO packet, for instance `420["room:join",{"chat_id":1}]`. */
  send(packet: string): void;
};

export type SocketClientOptions = {
  port: number;
  token: string;
  /** Called with every Socket.IO packet after the handshake: `bytes[start]` is the `4`, `bytes[start + 1]` the type. */
  onPacket(bytes: Buffer, start: number, end: number): void;
};

type Reader = {
  rest: Buffer;
  isUpgraded: boolean;
  options: SocketClientOptions;
  onReady(client: SocketClient): void;
  onFailure(error: Error): void;
};

const [FOUR, THREE, TWO, ZERO, BRACKET] = [0x34, 0x33, 0x32, 0x30, 0x5b];
const PONG = maskedFrame('3');

/** Opens a client and resolves when the server has accepted it. */
export function openSocketClient(options: SocketClientOptions): Promise<SocketClient> {
  return new Promise((resolve, reject) => {
    const { port } = options;
    const data: Reader = {
      rest: Buffer.alloc(0),
      isUpgraded: false,
      options,
      onReady: resolve,
      onFailure: reject,
    };
    void Bun.connect<Reader>({
      hostname: '127.0.0.1',
      port,
      data,
      socket: {
        open: (socket) => void socket.write(upgradeRequest(port)),
        data: read,
        close: (socket) => socket.data.onFailure(new Error('a client was disconnected')),
        error: (socket, error) => socket.data.onFailure(error),
      },
    }).catch(reject);
  });
}

function read(socket: Bun.Socket<Reader>, chunk: Buffer): void {
  const reader = socket.data;
  let bytes = reader.rest.length === 0 ? chunk : Buffer.concat([reader.rest, chunk]);
  if (!reader.isUpgraded) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) reader.isUpgraded = true;
    bytes = end >= 0 ? bytes.subarray(end + 4) : bytes;
  }
  reader.rest = reader.isUpgraded ? readFrames(socket, bytes) : Buffer.from(bytes);
}

/** Reads complete frames and returns the incomplete rest. */
function readFrames(socket: Bun.Socket<Reader>, bytes: Buffer): Buffer {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short < 126 ? 2 : 4);
    const end = start + (short < 126 ? short : bytes.readUInt16BE(at + 2));
    if (end > bytes.length) break;
    if (end > start) readPacket(socket, bytes, start, end);
    at = end;
  }
  return at === bytes.length ? bytes.subarray(at) : Buffer.from(bytes.subarray(at));
}

function readPacket(socket: Bun.Socket<Reader>, bytes: Buffer, start: number, end: number): void {
  const { options, onReady } = socket.data;
  const type = bytes[start];
  if (type === FOUR && bytes[start + 1] === ZERO) onReady({ send: (packet) => void socket.write(maskedFrame(packet)) });
  else if (type === FOUR) options.onPacket(bytes, start, end);
  else if (type === ZERO) socket.write(maskedFrame(`40${JSON.stringify({ token: options.token })}`));
  else if (type === TWO) socket.write(PONG);
}

function upgradeRequest(port: number): string {
  return (
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
    'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  );
}

/** A text frame of ASCII, masked with zeros. */
function maskedFrame(text: string): Buffer {
  const { length } = text;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 0xff];
  return Buffer.from([...head, 0, 0, 0, 0, ...Buffer.from(text)]);
}

/** Calls a server with an event and waits for its acknowledgement. */
export class Caller {
  readonly #waiting = new Map<number, (answer: string) => void>();
  #client: SocketClient | undefined;
  #calls = 0;

  /** `onPacket` receives every packet that is no acknowledgement. */
  static async open(options: SocketClientOptions): Promise<Caller> {
    const caller = new Caller();
    caller.#client = await openSocketClient({
      ...options,
      onPacket: (bytes, start, end) =>
        bytes[start + 1] === THREE ? caller.#answered(bytes, start, end) : options.onPacket(bytes, start, end),
    });
    return caller;
  }

  /** Resolves with the acknowledgement, as text: `[{"ok":true}]`. */
  call(event: string, payload: object): Promise<string> {
    const id = ++this.#calls;
    this.#client?.send(`42${id}["${event}",${JSON.stringify(payload)}]`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Joins a chat of Portal: only people with a socket in it may send. */
  async join(chatId: number): Promise<void> {
    const answer = await this.call('room:join', { chat_id: chatId });
    if (!answer.includes('"ok":true')) throw new Error(`the join was refused: ${answer}`);
  }

  #answered(bytes: Buffer, start: number, end: number): void {
    let id = 0;
    let at = start + 2;
    for (; bytes[at] !== BRACKET; at++) id = id * 10 + (bytes[at] as number) - ZERO;
    this.#waiting.get(id)?.(bytes.toString('utf8', at, end));
    this.#waiting.delete(id);
  }
}
