import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';
import type { CastWidth, Frame } from '../../../ports/browser-engine.ts';
import { Line } from './line.ts';

/** A socket that watches. */
export type WatcherSocket = {
  readonly id: string;
  readonly isBehind: boolean;
  emit(event: string, payload: object): void;
};

type Picture = { chat_id: number; seq: number; width: number; height: number; data: Uint8Array };
type Watcher<Socket> = { socket: Socket; line: Line; width: CastWidth; sharpen: Cancel | undefined; pauseMs: number };

type Deps<Socket> = {
  chatId: number;
  timers: Timers;
  /** Whether the socket may still watch. */
  mayWatch(socket: Socket): boolean;
  /** Starts or stops a cast. */
  cast(width: CastWidth, on: boolean): void;
};

const WIDTHS = ['full', 'half'] as const;
/** A slow line has been quiet for so long: the picture that stands still is sent once more in full. */
const SHARPEN_MS = 2 * SECOND_MS;
/** Where that was too much for the line, it is tried less and less. */
const MOST_SHARPEN_MS = MINUTE_MS;

/**
 * Those who watch one browser. Each gets the newest frame as often as their line carries it; who is slow gets less of it, and costs the
 * others nothing. A frame is the same bytes for all. Without watchers of a width, that width is not cast.
 */
export class Audience<Socket extends WatcherSocket> {
  readonly #deps: Deps<Socket>;
  readonly #watchers = new Map<string, Watcher<Socket>>();
  readonly #pictures = new Map<CastWidth, Picture>();
  readonly #casts = new Set<CastWidth>();
  /** One count for both widths, so that a number says which frame is newer. */
  #seq = 0;

  constructor(deps: Deps<Socket>) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#watchers.size;
  }

  has(socketId: string): boolean {
    return this.#watchers.has(socketId);
  }

  /** The newest frame follows. One that watched before begins anew. */
  add(socket: Socket): void {
    this.remove(socket.id);
    const line = new Line(() => this.#deps.timers.elapsed());
    const watcher: Watcher<Socket> = { socket, line, width: 'full', sharpen: undefined, pauseMs: SHARPEN_MS };
    this.#watchers.set(socket.id, watcher);
    this.#adjustCasts();
    this.#offer(watcher);
  }

  remove(socketId: string): void {
    this.#watchers.get(socketId)?.sharpen?.();
    if (this.#watchers.delete(socketId)) this.#adjustCasts();
  }

  clear(): void {
    for (const { sharpen } of this.#watchers.values()) sharpen?.();
    this.#watchers.clear();
    this.pause();
  }

  /** Removes the watchers that may watch no longer. */
  sweep(): void {
    for (const [id, { socket }] of this.#watchers) if (!this.#deps.mayWatch(socket)) this.remove(id);
  }

  /** The browser has crashed: nobody who comes now is shown its last picture. */
  pause(): void {
    this.#pictures.clear();
    this.#casts.clear();
  }

  /** Another browser has taken the place of the one before. */
  restart(): void {
    this.pause();
    this.#adjustCasts();
  }

  frame(width: CastWidth, { width: wide, height, data }: Frame): void {
    // One that was under way when its cast ended would be shown to the next watcher as if it were new.
    if (!this.#casts.has(width)) return;
    const { chatId } = this.#deps;
    this.#pictures.set(width, { chat_id: chatId, seq: ++this.#seq, width: wide, height, data });
    for (const watcher of [...this.#watchers.values()]) if (watcher.width === width) this.#offer(watcher);
  }

  seen(socketId: string, seq: number): void {
    const watcher = this.#watchers.get(socketId);
    if (!watcher) return;
    watcher.line.seen(seq);
    if (watcher.width === 'half' && watcher.line.width === 'full') this.#move(watcher, 'full');
    else this.#offer(watcher);
    if (watcher.width === 'half' && watcher.line.isIdle && !watcher.sharpen) this.#sharpenSoon(watcher);
  }

  /** Sends the newest frame, if there is a newer one than was sent (or `again`), and room for it. */
  #offer(watcher: Watcher<Socket>, again = false): void {
    const { socket, line } = watcher;
    if (!this.#deps.mayWatch(socket)) {
      this.remove(socket.id);
      return;
    }
    const newest = this.#pictures.get(watcher.width);
    if (!newest || (newest.seq <= line.newest && !again)) return;
    const hasRoom = line.hasRoom(newest.data.byteLength, socket.isBehind);
    // Only now that something moves: a still picture stays as sharp as it is.
    if (line.width !== watcher.width) this.#move(watcher, line.width);
    else if (hasRoom) this.#send(watcher, newest.seq > line.newest ? newest : { ...newest, seq: ++this.#seq });
  }

  #send(watcher: Watcher<Socket>, picture: Picture): void {
    const { socket, line } = watcher;
    watcher.sharpen?.();
    watcher.sharpen = undefined;
    if (watcher.width === 'full') watcher.pauseMs = SHARPEN_MS;
    line.sent(picture.seq, picture.data.byteLength);
    socket.emit('browser:frame', picture);
  }

  #move(watcher: Watcher<Socket>, width: CastWidth): void {
    watcher.width = width;
    const isRunning = this.#casts.has(width);
    this.#adjustCasts();
    // A cast that begins shows the present picture by itself. A smaller one of the same moment may have been sent already.
    if (isRunning) this.#offer(watcher, width === 'full');
  }

  #sharpenSoon(watcher: Watcher<Socket>): void {
    watcher.sharpen = this.#deps.timers.after(watcher.pauseMs, () => {
      watcher.sharpen = undefined;
      watcher.pauseMs = Math.min(watcher.pauseMs * 2, MOST_SHARPEN_MS);
      watcher.line.tryAnew();
      this.#move(watcher, 'full');
    });
  }

  #adjustCasts(): void {
    for (const width of WIDTHS) {
      const isWanted = [...this.#watchers.values()].some((watcher) => watcher.width === width);
      if (isWanted === this.#casts.has(width)) continue;
      if (isWanted) this.#casts.add(width);
      else {
        this.#casts.delete(width);
        this.#pictures.delete(width);
      }
      this.#deps.cast(width, isWanted);
    }
  }
}
