import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Members } from './members.ts';
import { type NekoApi, NekoSilence } from './neko-api.ts';
import { NekoSocket } from './neko-socket.ts';

type Deps = {
  api: NekoApi;
  members: Members;
  timers: Timers;
  /** Where n.eko is now; undefined: its container does not run. */
  locate(): Promise<string | undefined>;
  /** n.eko is not there. Whoever was in is out. It is waited for. */
  onAway(reason: string): void;
  /** It is there again, and nobody is in. */
  onBack(): void;
  /** It does not come back, or gives no picture. */
  onDead(reason: string): void;
};

/** Together below five seconds, in which a freeze has to be noticed. */
const PAUSE_MS = 1500;
const ANSWER_MS = 2900;
/** An alarm that rings so late says that this process stood still, and nothing about n.eko. */
const STALL_MS = 500;
const OFFER_MS = 2800;
/** All its programs are started again in about four seconds. */
const BACK_MS = 12 * SECOND_MS;
/** What stands still does not start again by itself. */
const THAW_MS = 6 * SECOND_MS;
const RETRY_MS = 150;
const HEALTH_MS = SECOND_MS;

const WATCHER = 'portal';
const PROBE = 'probe';

/**
 * Watches over n.eko. Its container runs on when it dies, `/health` is well while it gives no picture, and its counts are wrong. So: a
 * socket of our own, which ends with it; a question every moment, for when it stands still; and a request for an offer, when a viewer's
 * was not answered.
 */
export class Lookout {
  readonly #deps: Deps;
  #socket: NekoSocket | undefined;
  #isUp = false;
  #isOver = false;
  #isProbing = false;
  #cancelBeat: (() => void) | undefined;
  #up = Promise.withResolvers<void>();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#up.promise.catch(() => {});
  }

  /** Takes over. @throws NekoSilence, NekoRefusal */
  async begin(): Promise<void> {
    await this.#enter();
    this.#beatLater();
  }

  /** Resolves when n.eko is there; rejects when it does not come back. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isUp = false;
    this.#cancelBeat?.();
    this.#up.reject(new Error('the room is closed'));
    this.#socket?.close();
  }

  /** An offer did not come: does n.eko give any? */
  async probe(): Promise<void> {
    if (this.#isProbing || !this.#isUp) return;
    this.#isProbing = true;
    try {
      if (await this.#givesOffer()) return;
      if (this.#isUp) this.#dead('n.eko gives no picture any more');
    } catch {
      // It is not there at all, which is noticed elsewhere.
    } finally {
      this.#isProbing = false;
    }
  }

  async #enter(): Promise<void> {
    const { api, members, timers } = this.#deps;
    await members.begin();
    const token = await members.enter(WATCHER, 'watcher');
    const socket = await NekoSocket.open({
      address: api.address,
      token,
      timers,
      onMessage: () => {},
      onClose: () => {
        if (this.#socket === socket) this.#lost('n.eko has closed its line', BACK_MS);
      },
    });
    if (this.#isOver) {
      socket.close();
      return;
    }
    this.#socket = socket;
    this.#isUp = true;
    this.#up.resolve();
  }

  #lost(reason: string, backMs: number): void {
    if (!this.#isUp) return;
    const { timers, onAway } = this.#deps;
    this.#isUp = false;
    this.#up = Promise.withResolvers();
    this.#up.promise.catch(() => {});
    this.#cancelBeat?.();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    onAway(reason);
    void this.#comeBack(timers.elapsed() + backMs, reason);
  }

  async #comeBack(until: number, reason: string): Promise<void> {
    const { api, timers, locate, onBack } = this.#deps;
    while (!this.#isOver && timers.elapsed() < until) {
      try {
        const address = await locate();
        if (address === undefined) return this.#dead('The container has ended');
        api.address = address;
        await api.require('GET', '/health', { withinMs: HEALTH_MS });
        await this.#enter();
        if (this.#isOver) return;
        this.#beatLater();
        onBack();
        return;
      } catch {
        await this.#pause();
      }
    }
    this.#dead(reason);
  }

  #dead(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#deps.onDead(reason);
  }

  #beatLater(): void {
    this.#cancelBeat = this.#deps.timers.after(PAUSE_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { api, timers } = this.#deps;
    const began = timers.elapsed();
    try {
      await api.require('GET', '/api/whoami', { withinMs: ANSWER_MS });
      if (this.#isUp) this.#beatLater();
    } catch (error) {
      const stoodStill = error instanceof NekoSilence && timers.elapsed() - began > ANSWER_MS + STALL_MS;
      if (stoodStill && this.#isUp) void this.#beat();
      else this.#lost('n.eko does not answer any more', THAW_MS);
    }
  }

  async #givesOffer(): Promise<boolean> {
    const { api, members, timers } = this.#deps;
    const offer = Promise.withResolvers<boolean>();
    const token = await members.enter(PROBE);
    let socket: NekoSocket | undefined;
    const began = timers.elapsed();
    const cancel = timers.after(OFFER_MS, () => offer.resolve(timers.elapsed() - began > OFFER_MS + STALL_MS));
    try {
      socket = await NekoSocket.open({
        address: api.address,
        token,
        timers,
        onMessage: ({ event }) => {
          if (event === 'system/init') socket?.send({ event: 'signal/request', payload: { video: {}, audio: {} } });
          if (event === 'signal/provide') offer.resolve(true);
        },
        // Noticed elsewhere.
        onClose: () => offer.resolve(true),
      });
      return await offer.promise;
    } finally {
      cancel();
      await members.end(PROBE).catch(() => {});
      socket?.close();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.timers.after(RETRY_MS, resolve);
    });
  }
}
