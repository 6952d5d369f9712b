const BLOCK = 8;
/** Codes of four bits for the twelve categories of a brightness, in order. */
const DC_CODES = 12;
/** Brightness as high as the quantisation by 8 lets it: 128 levels around grey. */
const STEP = 8;

/** A real JPEG: grey, with one flat square for each 8 by 8 pixels. `brightness` is 0–255. */
export function greyJpeg(
  width: number,
  height: number,
  brightness: (x: number, y: number) => number,
): Uint8Array<ArrayBuffer> {
  const bits = new Bits();
  let before = 0;
  for (let y = 0; y < height; y += BLOCK) {
    for (let x = 0; x < width; x += BLOCK) {
      const level = Math.round(((brightness(x, y) - 128) * BLOCK) / STEP);
      writeDifference(bits, level - before);
      before = level;
    }
  }
  const size = (value: number) => [value >> 8, value & 255];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xdb, [0, ...Array<number>(64).fill(STEP)]),
    ...segment(0xc0, [8, ...size(height), ...size(width), 1, 1, 0x11, 0]),
    // Twelve codes of four bits each; and one code of one bit, which ends a block.
    ...segment(0xc4, [0x00, ...counts(4, DC_CODES), ...Array(DC_CODES).keys()]),
    ...segment(0xc4, [0x10, ...counts(1, 1), 0]),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...bits.end(),
    ...[0xff, 0xd9],
  ]);
}

function writeDifference(bits: Bits, difference: number): void {
  const magnitude = Math.abs(difference);
  const category = magnitude === 0 ? 0 : Math.floor(Math.log2(magnitude)) + 1;
  bits.write(category, 4);
  bits.write(difference > 0 ? difference : difference + 2 ** category - 1, category);
  bits.write(0, 1);
}

function segment(marker: number, body: number[]): number[] {
  return [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];
}

function counts(bits: number, codes: number): number[] {
  return Array.from({ length: 16 }, (_, at) => (at === bits - 1 ? codes : 0));
}

class Bits {
  readonly #bytes: number[] = [];
  #held = 0;
  #count = 0;

  write(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1);
      if (++this.#count < 8) continue;
      this.#bytes.push(this.#held);
      if (this.#held === 0xff) this.#bytes.push(0);
      this.#held = 0;
      this.#count = 0;
    }
  }

  end(): number[] {
    while (this.#count > 0) this.write(1, 1);
    return this.#bytes;
  }
}
