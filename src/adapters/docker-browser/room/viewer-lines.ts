import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { EngineError, type ViewerEnd, type ViewerIdentity, type ViewerLine } from '../../../ports/browser-engine.ts';
import { Budget } from './budget.ts';
import { type IceEntry, iceServersFor } from './ice.ts';
import type { Lookout } from './lookout.ts';
import type { Members } from './members.ts';
import type { NekoApi } from './neko-api.ts';
import { messageIn, type NekoMessage, NekoSocket } from './neko-socket.ts';
import { downstream, upstream } from './signals.ts';

type Deps = {
  api: NekoApi;
  members: Pick<Members, 'enter' | 'end'>;
  lookout: Pick<Lookout, 'up' | 'isUp' | 'probe'>;
  timers: Timers;
  ice: readonly IceEntry[];
  /** The line of this viewer has ended, in whatever way. */
  onGone(viewerId: string): void;
  /** A viewer's picture could not be ended. */
  onDeaf(): Promise<void>;
};

/** Leaves time for a look of our own before five seconds are over. */
const OFFER_MS = 2000;
/** A page that goes sooner was in a hurry. */
const HURRY_MS = 500;
/** So long a new line waits for an n.eko that is being started again. */
const UP_MS = 10 * SECOND_MS;
/** Each costs n.eko a connection. A page asks again after two seconds at the earliest. */
const REQUESTS = ['signal/request', 'signal/restart'];
const MOST_REQUESTS = { atOnce: 6, aSecond: 1 };
/** For a message to n.eko and back. */
const DARK_MS = 80;

const GONE = 'The browser is not there at the moment';

type State = 'opening' | 'open' | 'over';

/** The lines of all viewers of one room, each to a member of its own. */
export class ViewerLines {
  readonly #deps: Deps;
  readonly #lines = new Map<string, Line>();
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The token of an open line. It is its viewer's own right, and must not leave the server. */
  tokenOf(viewerId: string): string | undefined {
    return this.#lines.get(viewerId)?.token;
  }

  has(viewerId: string): boolean {
    return this.#lines.has(viewerId);
  }

  /** @throws EngineError */
  async connect(viewer: ViewerIdentity, to: ViewerEnd): Promise<ViewerLine> {
    if (this.#isClosed || this.#lines.has(viewer.id)) throw new EngineError(GONE);
    const line = new Line({ ...this.#deps, onGone: (id) => this.#gone(id, line) }, viewer, to);
    this.#lines.set(viewer.id, line);
    try {
      await line.open();
      return line;
    } catch (error) {
      await line.close().catch(() => {});
      throw error instanceof EngineError ? error : new EngineError(GONE);
    }
  }

  /** n.eko is not there any more: everyone has to come anew. */
  loseAll(): void {
    for (const line of [...this.#lines.values()]) line.lose();
  }

  /** As `loseAll`, and nobody comes in from now on. */
  close(): void {
    this.#isClosed = true;
    this.loseAll();
  }

  /** As `close`, with an n.eko that goes on: all pictures end first. */
  async leave(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#lines.values()].map((line) => line.lose()));
  }

  #gone(id: string, line: Line): void {
    if (this.#lines.get(id) !== line) return;
    this.#lines.delete(id);
    this.#deps.onGone(id);
  }
}

class Line implements ViewerLine {
  readonly #deps: Deps;
  readonly #viewer: ViewerIdentity;
  readonly #to: ViewerEnd;
  token: string | undefined;
  #state: State = 'opening';
  #opening: Promise<void> | undefined;
  #socket: NekoSocket | undefined;
  #ending: Promise<void> | undefined;
  /** It was asked for, and has not come. */
  #offer: { cancel: Cancel; askedAt: number } | undefined;
  /** Whether a picture was asked for, and is being connected or runs. */
  #picture: 'none' | 'asked' | 'runs' = 'none';
  /** What n.eko does not send, as it said last. */
  readonly #off = { video: false, audio: false };
  #onDark: (() => void) | undefined;
  readonly #requests: Budget;

  constructor(deps: Deps, viewer: ViewerIdentity, to: ViewerEnd) {
    this.#deps = deps;
    this.#requests = new Budget({ ...MOST_REQUESTS, elapsed: () => deps.timers.elapsed() });
    this.#viewer = viewer;
    this.#to = to;
  }

  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  receive(text: string): void {
    const message = this.#state === 'open' ? messageIn(text) : undefined;
    const known = message && upstream(message);
    if (!known) return;
    if (REQUESTS.includes(known.event) && !this.#requests.take()) return;
    if (known.event === 'signal/request') {
      this.#picture = 'asked';
      Object.assign(this.#off, { video: false, audio: false });
      this.#awaitOffer();
    }
    this.#socket?.send(known);
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** It ends by itself, or with n.eko. */
  lose(): Promise<void> {
    const wasOpen = this.#state === 'open';
    const ended = this.close();
    if (wasOpen) this.#to.lost();
    return ended;
  }

  async #open(): Promise<void> {
    const { api, members, lookout, timers } = this.#deps;
    await this.#untilUp();
    this.token = await members.enter(this.#viewer.id);
    this.#requireOpening();
    const socket = await NekoSocket.open({
      address: api.address,
      token: this.token,
      timers,
      onMessage: (message) => this.#tell(message),
      onClose: () => void this.lose(),
    });
    this.#socket = socket;
    this.#requireOpening();
    // It may have died between.
    if (!lookout.isUp) throw new EngineError(GONE);
    this.#state = 'open';
  }

  #requireOpening(): void {
    if (this.#state !== 'opening') throw new EngineError(GONE);
  }

  async #untilUp(): Promise<void> {
    const { lookout, timers } = this.#deps;
    if (lookout.isUp) return;
    const tooLate = Promise.withResolvers<never>();
    const cancel = timers.after(UP_MS, () => tooLate.reject(new EngineError(GONE)));
    try {
      await Promise.race([lookout.up, tooLate.promise]);
    } finally {
      cancel();
    }
    this.#requireOpening();
  }

  #tell(message: NekoMessage): void {
    this.#noteTracks(message);
    if (this.#state === 'over') return;
    if (message.event === 'signal/provide') this.#noOfferAwaited();
    if (message.event === 'session/state') this.#noteState(message.payload);
    const { ice, timers } = this.#deps;
    const known = downstream(message, () => iceServersFor(ice, this.#viewer.userId, timers.now()));
    if (known) this.#to.send(JSON.stringify(known));
  }

  #noteTracks({ event, payload }: NekoMessage): void {
    const { video, audio, disabled } = (payload ?? {}) as Record<string, { disabled?: unknown } | undefined>;
    if (event === 'signal/provide') {
      this.#off.video = video?.disabled === true;
      this.#off.audio = audio?.disabled === true;
    }
    if (event === 'signal/video') this.#off.video = Boolean(disabled);
    if (event === 'signal/audio') this.#off.audio = Boolean(disabled);
    if (this.#off.video && this.#off.audio) this.#onDark?.();
  }

  #noteState(payload: unknown): void {
    const { id, is_watching } = (payload ?? {}) as { id?: unknown; is_watching?: unknown };
    if (id === this.#viewer.id && is_watching === true && this.#picture === 'asked') this.#picture = 'runs';
  }

  /** A picture that is still being connected would outlive its session. So it is switched off first. */
  async #darken(): Promise<void> {
    const { video, audio } = this.#off;
    if (this.#picture !== 'asked' || !this.#socket || (video && audio)) return;
    const dark = Promise.withResolvers<void>();
    this.#onDark = dark.resolve;
    const cancel = this.#deps.timers.after(DARK_MS, dark.resolve);
    for (const event of ['signal/video', 'signal/audio']) this.#socket.send({ event, payload: { disabled: true } });
    await dark.promise;
    cancel();
  }

  /** A viewer that asks again and again, or gives up and goes, does not put the look off. */
  #awaitOffer(): void {
    if (this.#offer) return;
    const { timers, lookout } = this.#deps;
    const cancel = timers.after(OFFER_MS, () => {
      this.#offer = undefined;
      void lookout.probe();
    });
    this.#offer = { cancel, askedAt: timers.elapsed() };
  }

  #noOfferAwaited(): void {
    this.#offer?.cancel();
    this.#offer = undefined;
  }

  /** The member goes first: n.eko sends its picture on when only the socket closes. */
  async #end(): Promise<void> {
    const { members, lookout, timers, onGone, onDeaf } = this.#deps;
    const { id } = this.#viewer;
    const hadPicture = this.#state === 'open';
    this.#state = 'over';
    if (this.#offer && timers.elapsed() - this.#offer.askedAt < HURRY_MS) this.#noOfferAwaited();
    try {
      await this.#darken();
      await members.end(id);
      // What was under way may have made the member after that.
      await this.#opening?.catch(() => members.end(id));
    } catch {
      // An n.eko that does not even do this is ended as a whole. One that is away knows nobody when it comes back.
      if (hadPicture && lookout.isUp) await onDeaf();
    } finally {
      this.#socket?.close();
      onGone(id);
    }
  }
}
