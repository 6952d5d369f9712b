import { type MediaStreamTrack, RtpHeader, RtpPacket } from 'werift';
import type { Cancel, Timers } from '../../src/core/clock.ts';
import { clips } from './clips.ts';

const VIDEO_CLOCK = 90_000;
const AUDIO_CLOCK = 48_000;
const AUDIO_MS = 20;
const PACKET_BYTES = 1100;

/** Plays the clips to one viewer, from the first picture on, over and over. */
export class Player {
  readonly #timers: Timers;
  readonly #tracks: { video: MediaStreamTrack; audio: MediaStreamTrack };
  readonly #framesPerSecond: number;
  #cancel: Cancel[] = [];
  #frame = 0;
  readonly #sequences = new Map<MediaStreamTrack, number>();
  isAudioOff = false;
  frames = 0;

  constructor(timers: Timers, framesPerSecond: number, tracks: { video: MediaStreamTrack; audio: MediaStreamTrack }) {
    this.#timers = timers;
    this.#framesPerSecond = framesPerSecond;
    this.#tracks = tracks;
  }

  play(): void {
    if (this.#cancel.length > 0) return;
    this.#frame = 0;
    this.#every(1000 / this.#framesPerSecond, () => this.#sendFrame());
    this.#every(AUDIO_MS, (count) => this.#sendAudio(count));
  }

  stop(): void {
    for (const cancel of this.#cancel.splice(0)) cancel();
  }

  /** The viewer has lost too much. */
  startOver(): void {
    this.#frame = 0;
  }

  /** Keeps to the beat however late a timer comes. */
  #every(ms: number, act: (count: number) => void): void {
    const start = this.#timers.elapsed();
    const index = this.#cancel.length;
    let count = 0;
    const next = () => {
      this.#cancel[index] = this.#timers.after(Math.max(0, start + count * ms - this.#timers.elapsed()), () => {
        act(count++);
        next();
      });
    };
    next();
  }

  #sendFrame(): void {
    const { video } = clips();
    const frame = video[this.#frame++ % video.length];
    if (!frame) return;
    const timestamp = Math.round((this.#timers.elapsed() * VIDEO_CLOCK) / 1000) % 2 ** 32;
    for (let at = 0; at < frame.length; at += PACKET_BYTES) {
      const part = frame.subarray(at, at + PACKET_BYTES);
      // The descriptor of VP8: one byte, which says whether a picture begins here.
      const payload = Buffer.concat([Uint8Array.of(at === 0 ? 0x10 : 0), part]);
      this.#write(this.#tracks.video, payload, timestamp, at + PACKET_BYTES >= frame.length);
    }
    this.frames++;
  }

  #sendAudio(count: number): void {
    const { audio } = clips();
    const packet = audio[count % audio.length];
    if (!packet || this.isAudioOff) return;
    const timestamp = (count * AUDIO_MS * (AUDIO_CLOCK / 1000)) % 2 ** 32;
    this.#write(this.#tracks.audio, Buffer.from(packet), timestamp, false);
  }

  #write(track: MediaStreamTrack, payload: Buffer, timestamp: number, marker: boolean): void {
    const sequenceNumber = ((this.#sequences.get(track) ?? 0) + 1) % 2 ** 16;
    this.#sequences.set(track, sequenceNumber);
    track.writeRtp(new RtpPacket(new RtpHeader({ sequenceNumber, timestamp, marker }), payload));
  }
}
