import type { Timers } from '../../src/core/clock.ts';
import { mappingProblem } from './nat-mapping.ts';
import type { Media, Peer, PeerListener } from './peer.ts';
import type { NekoSettings } from './settings.ts';

const ADDRESS = '127.0.0.1';

/** Media without a network: what was answered is connected, and its frames are counted by the clock. */
export function modelledMedia(settings: NekoSettings, timers: Timers): Media {
  return {
    iceServers: settings.iceServers,
    peer: (listener) => new ModelledPeer(settings, timers, listener),
    close() {},
  };
}

class ModelledPeer implements Peer {
  readonly #settings: NekoSettings;
  readonly #timers: Timers;
  readonly #listener: PeerListener;
  #state: 'new' | 'connected' | 'closed' = 'new';
  #isPaused = false;
  #runsSince: number | undefined;
  #sent = 0;

  constructor(settings: NekoSettings, timers: Timers, listener: PeerListener) {
    this.#settings = settings;
    this.#timers = timers;
    this.#listener = listener;
  }

  get frames(): number {
    const running = this.#runsSince === undefined ? 0 : this.#timers.elapsed() - this.#runsSince;
    return this.#sent + Math.floor((running * this.#settings.framesPerSecond) / 1000);
  }

  async offer(restart: boolean): Promise<string> {
    const problem = mappingProblem(this.#settings.addresses);
    if (problem) throw new Error(problem);
    const { addresses, udpPort, tcpPort } = this.#settings;
    const address = addresses[0] ?? ADDRESS;
    const candidate = (text: string) => ({
      candidate: `candidate:${text} generation 0`,
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: null,
    });
    const overUdp = () =>
      this.#listener.candidate(candidate(`1 1 udp 2130706431 ${address} ${udpPort || 59_000} typ host`));
    // A first offer waits for the encoder, and candidates overtake it.
    if (restart) this.#timers.after(0, overUdp);
    else overUdp();
    if (tcpPort > 0) {
      this.#timers.after(0, () =>
        this.#listener.candidate(candidate(`2 1 tcp 1671430143 ${address} ${tcpPort} typ host tcptype passive`)),
      );
    }
    return `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0 1 2\r\n`;
  }

  async answer(sdp: string): Promise<void> {
    if (!sdp.startsWith('v=0')) throw new Error('this is no session description');
    if (this.#state !== 'new') return;
    this.#timers.after(0, () => {
      if (this.#state !== 'new') return;
      this.#state = 'connected';
      this.#run();
      this.#listener.connected();
    });
  }

  async addCandidate(): Promise<void> {}

  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#run();
  }

  setSilent(): void {}

  send(): void {}

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#run();
    this.#timers.after(0, () => this.#listener.closed());
  }

  #run(): void {
    this.#sent = this.frames;
    this.#runsSince = this.#state === 'connected' && !this.#isPaused ? this.#timers.elapsed() : undefined;
  }
}
