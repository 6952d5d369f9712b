import type { Room } from './room.ts';
import type { Session } from './session.ts';

export const OP = {
  move: 1,
  scroll: 2,
  keyDown: 3,
  keyUp: 4,
  buttonDown: 5,
  buttonUp: 6,
  ping: 7,
  touchBegin: 8,
  touchUpdate: 9,
  touchEnd: 10,
} as const;

const HEADER = 3;
const MAX_UINT32 = 2 ** 32 - 1;

/** A frame of a viewer's data channel: one byte of what it is, two of its length, then numbers in network order. */
export function takeData(room: Room, session: Session, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    take(room, session, view);
  } catch (error) {
    // A frame that is too short: n.eko writes a line into its log.
    if (!(error instanceof RangeError)) throw error;
  }
}

function take(room: Room, session: Session, view: DataView): void {
  const { desktop } = room;
  const op = view.getUint8(0);
  const length = view.getUint16(1);
  if (op === OP.move) {
    const [x, y] = [view.getUint16(HEADER), view.getUint16(HEADER + 2)];
    if (room.isHost(session)) {
      desktop.move(x, y);
      tellPointer(room, x, y);
    } else {
      room.addCursor(session, x, y);
    }
    return;
  }
  if (op === OP.ping) {
    session.peer?.send(pong(view.getUint32(HEADER), view.getUint32(HEADER + 4), room.timers.now()));
    return;
  }
  if (!room.isHost(session)) return;
  const number = () => view.getUint32(HEADER);
  if (op === OP.scroll) {
    const ctrl = length !== 4 && view.getUint8(HEADER + 4) !== 0;
    desktop.scroll(view.getInt16(HEADER), view.getInt16(HEADER + 2), ctrl);
  } else if (op === OP.keyDown || op === OP.keyUp) desktop.key(number(), op === OP.keyDown);
  else if (op === OP.buttonDown || op === OP.buttonUp) desktop.button(number(), op === OP.buttonDown);
  else if (op === OP.touchBegin || op === OP.touchUpdate || op === OP.touchEnd) {
    const phase = op === OP.touchBegin ? 'begin' : op === OP.touchUpdate ? 'update' : 'end';
    desktop.touch(phase, number(), view.getInt32(7), view.getInt32(11), view.getUint8(15));
  }
}

/** Where the host's pointer is, to everybody but the host. */
export function tellPointer(room: Room, x: number, y: number): void {
  for (const session of room.sessions) if (!room.isHost(session)) session.peer?.send(cursorPosition(x, y));
}

export function cursorPosition(x: number, y: number): Uint8Array {
  const view = frame(1, 7, 4);
  view.setUint16(HEADER, x);
  view.setUint16(HEADER + 2, y);
  return new Uint8Array(view.buffer);
}

/** The pointer's shape, a PNG. The length counts the header too. */
export function cursorImage(width: number, height: number, hotX: number, hotY: number, png: Uint8Array): Uint8Array {
  const view = frame(2, 11 + png.length, 8 + png.length);
  for (const [at, value] of [width, height, hotX, hotY].entries()) view.setUint16(HEADER + at * 2, value);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(png, HEADER + 8);
  return bytes;
}

function pong(first: number, second: number, now: number): Uint8Array {
  const view = frame(3, 19, 16);
  view.setUint32(HEADER, first);
  view.setUint32(HEADER + 4, second);
  view.setUint32(HEADER + 8, Math.floor(now / MAX_UINT32));
  view.setUint32(HEADER + 12, now % MAX_UINT32);
  return new Uint8Array(view.buffer);
}

function frame(op: number, length: number, body: number): DataView {
  const view = new DataView(new ArrayBuffer(HEADER + body));
  view.setUint8(0, op);
  view.setUint16(1, length);
  return view;
}
