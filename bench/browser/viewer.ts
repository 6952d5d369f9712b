import { io, type Socket } from 'socket.io-client';

export type Frame = { seq: number; width: number; bytes: number; atMs: number };

type Sent = { chat_id: number; seq: number; width: number; data: Uint8Array };

/** Someone in the chat. While they watch, they acknowledge each picture as it comes, unless they are `stalled`. */
export class Viewer {
  readonly frames: Frame[] = [];
  readonly #socket: Socket;
  readonly #chatId: number;
  isStalled = false;

  private constructor(socket: Socket, chatId: number) {
    this.#socket = socket;
    this.#chatId = chatId;
    socket.on('browser:frame', ({ seq, width, data }: Sent) => {
      this.frames.push({ seq, width, bytes: data.byteLength, atMs: performance.now() });
      if (!this.isStalled) socket.emit('browser:seen', { chat_id: chatId, seq });
    });
  }

  static async join(url: string, token: string, chatId: number): Promise<Viewer> {
    const socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false });
    const viewer = new Viewer(socket, chatId);
    await viewer.call('room:join', {});
    return viewer;
  }

  async call(event: string, more: object): Promise<Record<string, unknown>> {
    const answer = await this.#socket.timeout(20_000).emitWithAck(event, { chat_id: this.#chatId, ...more });
    if (answer.ok !== true) throw new Error(`${event}: ${answer.error}`);
    return answer;
  }

  send(event: string, more: object): void {
    this.#socket.emit(event, { chat_id: this.#chatId, ...more });
  }

  watch = () => this.call('browser:watch', {});
  unwatch = () => this.call('browser:unwatch', {});

  /** The next event of this name, and when it came. */
  next(event: string): Promise<number> {
    return new Promise((resolve) => this.#socket.once(event, () => resolve(performance.now())));
  }

  /** Frames a second since then. */
  rateSince(atMs: number): number {
    const count = this.frames.filter((frame) => frame.atMs >= atMs).length;
    return (count * 1000) / (performance.now() - atMs);
  }

  leave(): void {
    this.#socket.disconnect();
  }
}
