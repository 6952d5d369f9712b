import type { ControlState } from '../browser-wire.ts';
import type { Link } from '../link/socket-link.ts';

const NOBODY: ControlState = { host_user_id: null, queue: [], locked: false, implicit: false };

type Deps = { chatId: number; link: Pick<Link, 'request'> };

/** Who has mouse and keyboard of the shared browser. Every call can be refused by the server with a PortalError. */
export class BrowserControl {
  readonly #deps: Deps;
  #state: ControlState = NOBODY;

  /** @internal */
  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** As of the last `control` event. */
  get state(): ControlState {
    return this.#state;
  }

  /** Asks for mouse and keyboard. */
  async request(): Promise<void> {
    await this.#call('control:request');
  }

  /** Takes the request back. */
  async cancel(): Promise<void> {
    await this.#call('control:cancel');
  }

  /** Gives mouse and keyboard to someone: as their holder, or as one who manages the chat. */
  async grant(userId: number): Promise<void> {
    await this.#deps.link.request('control:grant', { chat_id: this.#deps.chatId, user_id: userId });
  }

  /** Gives mouse and keyboard up. */
  async release(): Promise<void> {
    await this.#call('control:release');
  }

  /** Takes mouse and keyboard: for those who manage the chat. */
  async take(): Promise<void> {
    await this.#call('control:take');
  }

  /** @internal */
  update(state: ControlState | null): void {
    this.#state = state ?? NOBODY;
  }

  #call(name: 'control:request' | 'control:cancel' | 'control:release' | 'control:take'): Promise<unknown> {
    return this.#deps.link.request(name, { chat_id: this.#deps.chatId });
  }
}
