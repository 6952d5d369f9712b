import { openRoom, type Room } from '../../src/adapters/docker-browser/room/open-room.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { BrowserEngine, BrowserListener, RunningBrowser, StartRequest } from '../../src/ports/browser-engine.ts';
import { type Neko, type NekoOptions, startNeko } from '../neko/start-neko.ts';

/** An engine whose rooms are doubles of n.eko in this process, without containers. */
export class NekoEngine implements BrowserEngine {
  readonly name = 'docker' as const;
  readonly browsers = ['chromium'] as const;
  /** Every n.eko that was started, the last one at the end. */
  readonly nekos: Neko[] = [];
  readonly rooms: Room[] = [];
  readonly #options: NekoOptions;

  constructor(options: NekoOptions = {}) {
    this.#options = options;
  }

  get neko(): Neko {
    const last = this.nekos.at(-1);
    if (!last) throw new Error('no n.eko was started');
    return last;
  }

  async check() {
    return [];
  }

  async start({ browser, startUrl }: StartRequest, listener: BrowserListener): Promise<RunningBrowser> {
    const neko = await startNeko(this.#options);
    this.nekos.push(neko);
    const room = await openRoom({
      ...{ address: neko.address, apiToken: neko.apiToken, browser, startUrl, listener },
      size: { width: 1280, height: 720 },
      ice: [],
      timers: systemTimers,
      random: systemRandom,
      logger: silentLogger,
      exec: async () => ({ exitCode: 0 }),
      locate: async () => neko.address,
      remove: () => neko.stop(),
    });
    this.rooms.push(room);
    return room;
  }

  async clear() {
    return [];
  }

  async close(): Promise<void> {
    await Promise.all(this.rooms.map((room) => room.leave()));
    await Promise.all(this.nekos.map((neko) => neko.stop()));
  }
}
