import type { Browser, Page } from 'playwright-core';
import type { ViewerEnd, ViewerIdentity, ViewerLine, Viewers } from '../../src/ports/browser-engine.ts';

type Wire = { viewer: ViewerIdentity; to: ViewerEnd; sent: { event: string; payload: unknown }[] };

/** What the page that plays the other end is told, in it. */
type PeerScript = {
  colour: string;
  offer(id: string): Promise<string>;
  answer(id: string, sdp: string): Promise<void>;
  candidate(id: string, candidate: RTCIceCandidateInit): Promise<void>;
  send(id: string, bytes: number[]): void;
  silence(id: string): Promise<void>;
  end(id: string): void;
};

/** A room of n.eko as its viewers see it: a moving picture with sound, sent by a second page of the same browser. */
export class PeerRoom implements Viewers {
  readonly #page: Page;
  readonly #wires = new Map<string, Wire>();
  /** What came over data channels, by whom. */
  readonly #took: { viewerId: string; bytes: number[] }[] = [];
  #driver: string | null = null;
  /** Candidates of either side get lost: no way is ever found. */
  isWalled = false;
  /** Requests are not answered. */
  isHanging = false;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(browser: Browser): Promise<PeerRoom> {
    const page = await browser.newPage();
    const room = new PeerRoom(page);
    await page.exposeFunction('tell', (id: string, event: string, payload: object) => room.#tell(id, event, payload));
    await page.exposeFunction('took', (viewerId: string, bytes: number[]) => room.#took.push({ viewerId, bytes }));
    await page.setContent('<canvas width="1280" height="720"></canvas>');
    await page.evaluate(playPeer);
    return room;
  }

  async connect(viewer: ViewerIdentity, to: ViewerEnd): Promise<ViewerLine> {
    const wire: Wire = { viewer, to, sent: [] };
    this.#wires.set(viewer.id, wire);
    const control_host = this.#host();
    const screen_size = { width: 1280, height: 720, rate: 30 };
    this.#tell(viewer.id, 'system/init', { session_id: viewer.id, control_host, screen_size });
    return {
      // What is still under way when the test has ended finds nobody.
      receive: (message) => void this.#receive(wire, JSON.parse(message)).catch(() => {}),
      close: async () => {
        this.#wires.delete(viewer.id);
        await this.cut(viewer.id).catch(() => {});
      },
    };
  }

  async letDrive(viewerId: string | null): Promise<void> {
    this.#driver = viewerId;
    for (const id of this.#wires.keys()) this.#tell(id, 'control/host', this.#host());
  }

  // What the test makes happen.

  paint(colour: string): Promise<void> {
    return this.#page.evaluate((name) => {
      (globalThis as unknown as { peer: PeerScript }).peer.colour = name;
    }, colour);
  }

  /** The picture of this viewer ends without a word. */
  cut(viewerId: string): Promise<void> {
    return this.#page.evaluate((id) => (globalThis as unknown as { peer: PeerScript }).peer.end(id), viewerId);
  }

  /** Nothing comes any more, and nothing says so: the network has gone from under it. */
  silence(viewerId: string): Promise<void> {
    return this.#page.evaluate((id) => (globalThis as unknown as { peer: PeerScript }).peer.silence(id), viewerId);
  }

  /** To a viewer's data channel. */
  send(viewerId: string, bytes: number[]): Promise<void> {
    return this.#page.evaluate(
      ([id, data]) => (globalThis as unknown as { peer: PeerScript }).peer.send(id as string, data as number[]),
      [viewerId, bytes] as const,
    );
  }

  tell(viewerId: string, event: string, payload: unknown): void {
    this.#tell(viewerId, event, payload);
  }

  /** The lines are cut. */
  loseAll(): void {
    for (const { to } of [...this.#wires.values()]) to.lost();
  }

  get viewerIds(): string[] {
    return [...this.#wires.keys()];
  }

  /** The names of what a viewer has said on its line. */
  saidBy(viewerId: string): string[] {
    return this.#wires.get(viewerId)?.sent.map(({ event }) => event) ?? [];
  }

  /** What came over the data channel from this viewer, each as its numbers; without pings. */
  tookFrom(viewerId: string): number[][] {
    return this.#took.filter((one) => one.viewerId === viewerId && one.bytes[0] !== 7).map(({ bytes }) => bytes);
  }

  #host() {
    return this.#driver === null ? { has_host: false } : { has_host: true, host_id: this.#driver };
  }

  #tell(id: string, event: string, payload: unknown): void {
    if (event === 'signal/candidate' && this.isWalled) return;
    this.#wires.get(id)?.to.send(JSON.stringify({ event, payload }));
  }

  async #receive(wire: Wire, { event, payload }: { event: string; payload: never }): Promise<void> {
    wire.sent.push({ event, payload });
    const { id } = wire.viewer;
    const call = <Name extends 'answer' | 'candidate'>(name: Name, what: Parameters<PeerScript[Name]>[1]) =>
      this.#page.evaluate(
        ([which, who, argument]) =>
          (globalThis as unknown as { peer: PeerScript }).peer[which as 'answer'](who as string, argument as string),
        [name, id, what as string] as const,
      );
    if (event === 'signal/request' && !this.isHanging) {
      const sdp = await this.#page.evaluate(
        (who) => (globalThis as unknown as { peer: PeerScript }).peer.offer(who),
        id,
      );
      this.#tell(id, 'signal/provide', { sdp, iceservers: [], video: {}, audio: {} });
    } else if (event === 'signal/answer') await call('answer', (payload as { sdp: string }).sdp);
    else if (event === 'signal/candidate' && !this.isWalled) await call('candidate', payload);
  }
}

/** Runs in the page of the other end. */
function playPeer(): void {
  const { tell, took } = globalThis as unknown as {
    tell(id: string, event: string, payload: object): void;
    took(id: string, bytes: number[]): void;
  };
  const canvas = document.querySelector('canvas') as HTMLCanvasElement;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const picture = canvas.captureStream(30);
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const out = sound.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  type End = { connection: RTCPeerConnection; channel: RTCDataChannel };
  const ends = new Map<string, End>();
  const close = (id: string) => {
    ends.get(id)?.connection.close();
    ends.delete(id);
  };
  const peer: PeerScript = {
    colour: 'red',
    async offer(id) {
      close(id);
      const connection = new RTCPeerConnection();
      connection.addTrack(picture.getVideoTracks()[0] as MediaStreamTrack, picture);
      connection.addTrack(out.stream.getAudioTracks()[0] as MediaStreamTrack, picture);
      const channel = connection.createDataChannel('data');
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => took(id, [...new Uint8Array(data as ArrayBuffer)]);
      connection.onicecandidate = ({ candidate }) => candidate && tell(id, 'signal/candidate', candidate.toJSON());
      ends.set(id, { connection, channel });
      await connection.setLocalDescription();
      return connection.localDescription?.sdp ?? '';
    },
    async answer(id, sdp) {
      await ends.get(id)?.connection.setRemoteDescription({ type: 'answer', sdp });
    },
    async candidate(id, candidate) {
      await ends.get(id)?.connection.addIceCandidate(candidate);
    },
    send: (id, bytes) => ends.get(id)?.channel.send(new Uint8Array(bytes)),
    async silence(id) {
      for (const sender of ends.get(id)?.connection.getSenders() ?? []) await sender.replaceTrack(null);
    },
    end: close,
  };
  (globalThis as unknown as { peer: PeerScript }).peer = peer;
  let ticks = 0;
  setInterval(() => {
    context.fillStyle = peer.colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = 'white';
    context.fillRect((ticks++ * 8) % canvas.width, 0, 40, 40);
  }, 40);
}
