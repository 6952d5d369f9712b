import { openRoom, type Room, type RoomOptions } from '../../src/adapters/docker-browser/room/open-room.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { ViewerLine } from '../../src/ports/browser-engine.ts';
import { type Neko, type NekoOptions, startNeko } from '../neko/start-neko.ts';
import { eventually } from '../support/waiting.ts';
import { BrowserViewer } from './browser-viewer.ts';

type Said = { event: string; payload: Record<string, unknown> };

/** A page at its line, as far as the room can tell. */
export class Page {
  readonly said: Said[] = [];
  isLost = false;
  line: ViewerLine | undefined;
  readonly id: string;
  readonly #room: Room;

  constructor(room: Room, id: string) {
    this.#room = room;
    this.id = id;
  }

  async open(): Promise<this> {
    const identity = { id: this.id, userId: Number(this.id.split('.')[0]) };
    this.line = await this.#room.viewers?.connect(identity, {
      send: (message) => this.said.push(JSON.parse(message) as Said),
      lost: () => {
        this.isLost = true;
      },
    });
    return this;
  }

  say(event: string, payload: unknown = {}): void {
    this.line?.receive(JSON.stringify({ event, payload }));
  }

  of(event: string): Record<string, unknown>[] {
    return this.said.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  async hears(event: string, count = 1): Promise<Record<string, unknown>> {
    await eventually(() => this.of(event).length >= count, { found: () => this.said.map((one) => one.event) });
    return this.of(event).at(-1) as Record<string, unknown>;
  }

  /** Gets a picture, and waits until it runs. */
  async watch(neko: Neko): Promise<this> {
    this.say('signal/request', { video: {}, audio: {} });
    await this.hears('signal/provide');
    this.say('signal/answer', { sdp: 'v=0\r\n' });
    await eventually(() => neko.session(this.id).state.is_watching);
    return this;
  }

  close(): Promise<void> {
    return (this.line as ViewerLine).close();
  }
}

/** What a room is told and does, over a double of n.eko. */
export class RoomListener extends BrowserViewer {
  readonly awayFor: string[] = [];
  backs = 0;

  away(reason: string): void {
    this.awayFor.push(reason);
  }

  back(): void {
    this.backs += 1;
  }
}

type StageOptions = Partial<RoomOptions> & { neko?: NekoOptions };

export type RoomStage = Awaited<ReturnType<typeof roomStage>>;

/** A room that is open, over a double of n.eko. */
export async function roomStage({ neko: nekoOptions, ...options }: StageOptions = {}) {
  const neko = await startNeko(nekoOptions);
  const listener = new RoomListener();
  const commands: (readonly string[])[] = [];
  const removals: number[] = [];
  const all: RoomOptions = {
    address: neko.address,
    apiToken: neko.apiToken,
    browser: 'chromium',
    startUrl: null,
    size: { width: 1280, height: 720 },
    ice: [],
    listener,
    timers: systemTimers,
    random: systemRandom,
    logger: silentLogger,
    async exec(command) {
      commands.push(command);
      return { exitCode: 0 };
    },
    locate: async () => neko.address,
    async remove() {
      removals.push(Date.now());
      await neko.stop();
    },
    ...options,
  };
  const room = await openRoom(all);
  return {
    neko,
    room,
    listener,
    commands,
    removals,
    options: all,
    page: (id: string) => new Page(room, id).open(),
    async [Symbol.asyncDispose]() {
      await room.stop();
      await neko.stop();
    },
  };
}
