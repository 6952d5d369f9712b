import { SECOND_MS } from '../../../core/durations.ts';
import { EngineError } from '../../../ports/browser-engine.ts';
import type { NekoApi } from './neko-api.ts';

type Wanted = { quality: number; width: number };
type Size = { width: number; height: number };

const WITHIN_MS = 2 * SECOND_MS - 200;
const LARGEST_SIDE = 4096;

/** Pictures of the screen. What comes is looked at before it is decoded: n.eko may be in strangers' hands. */
export class Shots {
  readonly #api: NekoApi;
  #last: Uint8Array | undefined;

  constructor(api: NekoApi) {
    this.#api = api;
  }

  /** @throws EngineError when there is none, and never was */
  async take({ quality, width }: Wanted): Promise<Uint8Array> {
    const picture = await this.#shot(quality);
    const size = jpegSize(picture);
    if (!size || width >= size.width) return picture;
    const height = Math.max(1, Math.round((size.height * width) / size.width));
    return new Bun.Image(picture).resize(width, height).jpeg({ quality }).bytes();
  }

  async #shot(quality: number): Promise<Uint8Array> {
    try {
      const path = `/api/room/screen/shot.jpg?quality=${quality}`;
      const { bytes } = await this.#api.require('GET', path, { withinMs: WITHIN_MS });
      const size = jpegSize(bytes);
      if (!size || size.width > LARGEST_SIDE || size.height > LARGEST_SIDE) throw new Error('no picture');
      this.#last = bytes;
      return bytes;
    } catch {
      if (this.#last) return this.#last;
      throw new EngineError('The browser shows no picture');
    }
  }
}

const START = 0xffd8;
const SIZES = new Set([0xc0, 0xc1, 0xc2, 0xc3]);

/** The size that a JPEG says of itself; undefined if it is none. */
export function jpegSize(data: Uint8Array): Size | undefined {
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.byteLength < 4 || bytes.getUint16(0) !== START) return undefined;
  for (let at = 2; at + 9 < bytes.byteLength && bytes.getUint8(at) === 0xff; at += 2 + bytes.getUint16(at + 2)) {
    if (SIZES.has(bytes.getUint8(at + 1))) return { height: bytes.getUint16(at + 5), width: bytes.getUint16(at + 7) };
  }
  return undefined;
}
