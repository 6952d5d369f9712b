import { RTCPeerConnection } from 'werift';
import { eventually } from './waiting.ts';

/** On a busy machine a connection may take longer than it lets itself take. */
const TRIES = 4;

type Said = { event: string; payload: Record<string, unknown>; atMs: number };

/** A line to n.eko, straight or through a server, and the picture that it brings, without a browser. */
export class WebRtcViewer {
  readonly said: Said[] = [];
  readonly #socket: WebSocket;
  readonly #connection = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
  #early: Record<string, unknown>[] | undefined = [];
  #answered: Promise<void> = Promise.resolve();
  /** When the last packet of the picture came, and how many there were. */
  lastPacketAt = 0;
  packets = 0;
  isOpen = false;
  isClosed = false;

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } } as unknown as string[]);
    this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)) as Omit<Said, 'atMs'>);
    this.#socket.onclose = () => {
      this.isClosed = true;
    };
    this.#connection.onTrack.subscribe((track) => {
      if (track.kind !== 'video') return;
      track.onReceiveRtp.subscribe(() => {
        this.packets++;
        this.lastPacketAt = performance.now();
      });
    });
  }

  /** The line of a chat's shared browser, once it is open. */
  static async of(server: string, token: string, chatId: number): Promise<WebRtcViewer> {
    const viewer = new WebRtcViewer(`${server.replace(/^http/, 'ws')}/v1/portal/chats/${chatId}/browser/ws`, token);
    await viewer.next('system/init');
    return viewer;
  }

  /** Whose line it is: the name of its session begins with it. */
  get userId(): number {
    return Number(String(this.of('system/init')[0]?.payload.session_id).split('.')[0]);
  }

  say(event: string, payload: object = {}): void {
    this.#socket.send(JSON.stringify({ event, payload }));
  }

  of(event: string): Said[] {
    return this.said.filter((one) => one.event === event);
  }

  async next(event: string, count = 1): Promise<Said> {
    await eventually(() => this.of(event).length >= count || this.isClosed, {
      found: () => this.said.map((one) => one.event),
    });
    const found = this.of(event)[count - 1];
    if (!found) throw new Error(`The line closed before ${event}: ${JSON.stringify(this.said.at(-1))}`);
    return found;
  }

  /** As `of` and `watch`. A connection that fails is tried again, as a page does. */
  static async watching(server: string, token: string, chatId: number, tries = TRIES): Promise<WebRtcViewer> {
    const viewer = await WebRtcViewer.of(server, token, chatId);
    try {
      await viewer.watch();
      return viewer;
    } catch (error) {
      const hasFailed = viewer.#connection.connectionState === 'failed';
      await viewer.close();
      if (!hasFailed || tries <= 1) throw error;
      return WebRtcViewer.watching(server, token, chatId, tries - 1);
    }
  }

  /** Asks for the picture, and answers the offer. */
  async answer(): Promise<void> {
    this.say('signal/request', { video: {}, audio: {} });
    const { payload } = await this.next('signal/provide');
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: String(payload.sdp) });
    for (const candidate of this.#early ?? []) await this.#connection.addIceCandidate(candidate);
    this.#early = undefined;
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    this.say('signal/answer', { sdp: this.#connection.localDescription?.sdp });
  }

  /** Asks for the picture, and waits until it runs, or until the connection has failed. */
  async watch(): Promise<void> {
    await this.answer();
    const isDecided = () => this.packets > 0 || this.#connection.connectionState === 'failed';
    await eventually(isDecided, {
      found: () => [this.#connection.connectionState, this.said.map((one) => one.event), this.said.at(-1)?.payload],
    });
    if (this.packets === 0) throw new Error('The connection has failed');
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    await this.#answered;
    await this.#connection.close();
  }

  #hear({ event, payload }: Omit<Said, 'atMs'>): void {
    this.said.push({ event, payload, atMs: performance.now() });
    if (event !== 'signal/candidate') return;
    if (this.#early) this.#early.push(payload);
    else this.#answered = this.#connection.addIceCandidate(payload).catch(() => {});
  }
}
