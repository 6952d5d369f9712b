import { isIPv4 } from 'node:net';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';
import type { Timers } from '../../src/core/clock.ts';
import { mappingProblem } from './nat-mapping.ts';
import type { Media, Peer, PeerListener } from './peer.ts';
import { Player } from './player.ts';
import { type MuxPeer, PortMux } from './port-mux.ts';
import type { NekoSettings } from './settings.ts';

const LOOPBACK = '127.0.0.1';
const LOOK_EVERY_MS = 500;
/** A viewer that was not heard for so long is gone. */
const SILENCE_MS = 4000;
const UNANSWERED_MS = 10_000;
const VIDEO = { mimeType: 'video/VP8', clockRate: 90_000, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] };
const AUDIO = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: 'minptime=10;useinbandfec=1' };

/** A moving picture and a tone, by WebRTC, at one port for all viewers. */
export function webrtcMedia(settings: NekoSettings, timers: Timers): Media {
  const mux = new PortMux({ udp: settings.udpPort, tcp: settings.tcpPort });
  return {
    iceServers: settings.iceServers,
    peer: (listener) => new WebRtcPeer(settings, timers, mux, listener),
    close: () => void mux.close(),
  };
}

class WebRtcPeer implements Peer {
  readonly #settings: NekoSettings;
  readonly #timers: Timers;
  readonly #mux: PortMux;
  readonly #listener: PeerListener;
  readonly #connection: RTCPeerConnection;
  readonly #channel: ReturnType<RTCPeerConnection['createDataChannel']>;
  readonly #player: Player;
  readonly #names: { ufrag: string; peer: MuxPeer }[] = [];
  #heardAt = 0;
  #isConnected = false;
  #isAnswered = false;
  #isPaused = false;
  #isOver = false;

  constructor(settings: NekoSettings, timers: Timers, mux: PortMux, listener: PeerListener) {
    this.#settings = settings;
    this.#timers = timers;
    this.#mux = mux;
    this.#listener = listener;
    this.#connection = new RTCPeerConnection({
      iceLite: true,
      iceServers: [],
      // The port of the room leads here: nothing but that reaches the peer itself.
      iceInterfaceAddresses: { udp4: LOOPBACK },
      iceAdditionalHostAddresses: [LOOPBACK],
      iceUseIpv6: false,
      iceUseTcp: false,
      bundlePolicy: 'max-bundle',
      codecs: { video: [new RTCRtpCodecParameters(VIDEO)], audio: [new RTCRtpCodecParameters(AUDIO)] },
    });
    const video = new MediaStreamTrack({ kind: 'video' });
    const audio = new MediaStreamTrack({ kind: 'audio' });
    this.#player = new Player(timers, settings.framesPerSecond, { video, audio });
    this.#connection.addTransceiver(audio, { direction: 'sendonly' });
    const { sender } = this.#connection.addTransceiver(video, { direction: 'sendonly' });
    sender.onPictureLossIndication.subscribe(() => this.#player.startOver());
    this.#channel = this.#connection.createDataChannel('data');
    this.#channel.onMessage.subscribe((data) => listener.data(Buffer.from(data)));
    this.#channel.stateChanged.subscribe((state) => {
      if (state === 'open') listener.open();
    });
    this.#connection.connectionStateChange.subscribe((state) => this.#changed(state));
  }

  get frames(): number {
    return this.#player.frames;
  }

  async offer(restart: boolean): Promise<string> {
    const problem = mappingProblem(this.#settings.addresses);
    if (problem) throw new Error(problem);
    const ports = await this.#mux.ports;
    const address = this.#settings.addresses.find(isIPv4) ?? LOOPBACK;
    const overUdp = () => this.#tell(`1 1 udp 2130706431 ${address} ${ports.udp} typ host`);
    // A first offer waits for the encoder, and candidates overtake it.
    if (restart) this.#timers.after(0, overUdp);
    else overUdp();
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart: restart }));
    const sdp = this.#connection.localDescription?.sdp ?? '';
    const ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
    const port = /^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/im.exec(sdp)?.[1];
    if (!ufrag || !port) throw new Error('there is no way to the peer');
    const peer = { port: Number(port), heard: () => this.#heard() };
    this.#names.push({ ufrag, peer });
    this.#mux.add(ufrag, peer);
    if (ports.tcp > 0) {
      this.#timers.after(0, () => this.#tell(`2 1 tcp 1671430143 ${address} ${ports.tcp} typ host tcptype passive`));
    }
    // n.eko keeps an offer without an answer for ever, which costs it nothing. Here it costs two ports.
    this.#timers.after(UNANSWERED_MS, () => {
      if (!this.#isAnswered) this.destroy();
    });
    // Candidates come one by one.
    return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
  }

  async answer(sdp: string): Promise<void> {
    this.#isAnswered = true;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** The lite kind of ICE needs none: viewers come to it. */
  async addCandidate(): Promise<void> {}

  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#run();
  }

  setSilent(silent: boolean): void {
    this.#player.isAudioOff = silent;
  }

  send(bytes: Uint8Array): void {
    if (this.#channel.readyState === 'open') this.#channel.send(Buffer.from(bytes));
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#run();
    // What the peer says last must still find somebody: a port that is closed would end the whole process.
    const forget = () => {
      for (const { ufrag, peer } of this.#names) this.#mux.remove(ufrag, peer);
    };
    this.#connection.close().then(forget, forget);
    this.#timers.after(0, () => this.#listener.closed());
  }

  #changed(state: string): void {
    if (state === 'connected' && !this.#isConnected && !this.#isOver) {
      this.#isConnected = true;
      this.#heard();
      this.#look();
      this.#run();
      this.#listener.connected();
    } else if (state === 'failed' || state === 'disconnected' || state === 'closed') this.destroy();
  }

  #run(): void {
    if (this.#isConnected && !this.#isPaused && !this.#isOver) this.#player.play();
    else this.#player.stop();
  }

  #heard(): void {
    this.#heardAt = this.#timers.elapsed();
  }

  #look(): void {
    this.#timers.after(LOOK_EVERY_MS, () => {
      if (this.#isOver) return;
      if (this.#timers.elapsed() - this.#heardAt > SILENCE_MS) this.destroy();
      else this.#look();
    });
  }

  #tell(candidate: string): void {
    this.#listener.candidate({
      candidate: `candidate:${candidate}`,
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: null,
    });
  }
}
