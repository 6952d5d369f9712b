import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the image, the program is one file, and the clips lie elsewhere. */
const PLACES = [join(import.meta.dir, 'media'), '/usr/share/neko'];
const IVF_HEADER = 32;
const IVF_FRAME_HEADER = 12;
const OGG_HEADER = 27;
const FULL_LACE = 255;

export type Clips = { video: readonly Uint8Array[]; audio: readonly Uint8Array[] };

let loaded: Clips | undefined;

/** A second of VP8, 1280 by 720, that begins with a whole picture; and a second of a tone, in packets of 20 ms. */
export function clips(): Clips {
  // The first two packets of Opus describe the others.
  loaded ??= { video: ivfFrames(read('clip.ivf')), audio: oggPackets(read('tone.ogg')).slice(2) };
  return loaded;
}

function read(name: string): Uint8Array {
  const path = PLACES.map((place) => join(place, name)).find(existsSync);
  if (!path) throw new Error(`${name} is in none of ${PLACES.join(', ')}`);
  return readFileSync(path);
}

function ivfFrames(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = IVF_HEADER; at < file.length; ) {
    const size = view.getUint32(at, true);
    at += IVF_FRAME_HEADER;
    frames.push(file.subarray(at, at + size));
    at += size;
  }
  return frames;
}

function oggPackets(file: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let page = 0; page < file.length; ) {
    const count = file[page + OGG_HEADER - 1] ?? 0;
    let at = page + OGG_HEADER + count;
    for (const lace of file.subarray(page + OGG_HEADER, page + OGG_HEADER + count)) {
      parts.push(file.subarray(at, at + lace));
      at += lace;
      if (lace === FULL_LACE) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    page = at;
  }
  return packets;
}
