/** What goes over n.eko's data channel: a byte that says what, the length of the rest, the rest; the largest byte first. */

type Size = { width: number; height: number };
export type Pixel = { x: number; y: number };

/** What comes from there. */
export type Arrival =
  /** Where the one who drives has the pointer. */
  | { what: 'pointer'; at: Pixel }
  /** How the pointer looks now, as a PNG, and which of its pixels points. */
  | { what: 'shape'; size: Size; hot: Pixel; png: Uint8Array<ArrayBuffer> }
  | { what: 'pong'; id: number };

/** X11 counts buttons so. */
const BUTTONS = { 0: 1, 1: 2, 2: 3 } as const;

const OF_SIZE = { u16: 2, i16: 2, u32: 4, u8: 1 } as const;
type Part = readonly [keyof typeof OF_SIZE, number];

function packet(what: number, ...parts: Part[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, [type]) => sum + OF_SIZE[type], 0);
  const view = new DataView(new ArrayBuffer(3 + length));
  view.setUint8(0, what);
  view.setUint16(1, length);
  let offset = 3;
  for (const [type, value] of parts) {
    if (type === 'u8') view.setUint8(offset, value);
    else if (type === 'u16') view.setUint16(offset, value);
    else if (type === 'i16') view.setInt16(offset, value);
    else view.setUint32(offset, value);
    offset += OF_SIZE[type];
  }
  return new Uint8Array(view.buffer);
}

export type Packet = Uint8Array<ArrayBuffer>;

export const packets = {
  move: ({ x, y }: Pixel): Packet => packet(1, ['u16', x], ['u16', y]),
  /** In clicks of the wheel: to the right, and down. Over there, up and left are positive. */
  scroll: (right: number, down: number): Packet => packet(2, ['i16', -right || 0], ['i16', -down || 0], ['u8', 0]),
  key: (keysym: number, isDown: boolean): Packet => packet(isDown ? 3 : 4, ['u32', keysym]),
  button: (button: 0 | 1 | 2, isDown: boolean): Packet => packet(isDown ? 5 : 6, ['u32', BUTTONS[button]]),
  /** Answered by a pong with the same id. */
  ping: (id: number): Packet => packet(7, ['u32', 0], ['u32', id]),
};

/** Undefined for what this page does not know, and for what is cut short. */
export function readArrival(data: ArrayBuffer): Arrival | undefined {
  if (data.byteLength < 7) return undefined;
  const view = new DataView(data);
  const what = view.getUint8(0);
  const u16 = (at: number) => view.getUint16(3 + at);
  if (what === 1) return { what: 'pointer', at: { x: u16(0), y: u16(2) } };
  if (what === 2 && data.byteLength > 11) {
    const png = new Uint8Array(data, 11);
    return { what: 'shape', size: { width: u16(0), height: u16(2) }, hot: { x: u16(4), y: u16(6) }, png };
  }
  if (what === 3 && data.byteLength >= 11) return { what: 'pong', id: view.getUint32(7) };
  return undefined;
}
