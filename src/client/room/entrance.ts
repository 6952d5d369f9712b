import type { Signer } from '../crypto/signing.ts';
import type { PortalError } from '../errors.ts';
import type { ClientCalls, JoinReply } from '../events.ts';
import type { Link } from '../link/socket-link.ts';
import type { Position } from './history-sync.ts';

type Deps = {
  chatId: number;
  link: Link;
  signer: Signer;
  /** What `room:join` sends. */
  entry(signingKey: string): ClientCalls['room:join']['payload'];
  /** What the room has already. */
  position(): Promise<Position | undefined>;
  /** Why the room has ended. */
  ending(): PortalError | undefined;
  /** Takes the state that the answer brings. The first event comes afterwards. */
  entered(reply: JoinReply): void;
};

/** The way into a room: joins it, again after each lost connection, and holds back events until the answer is there. */
export class Entrance {
  readonly #deps: Deps;
  #isOpen: boolean = false;
  /** Events that arrived before the join was acknowledged, in order. */
  #inbox: (() => void)[] = [];
  #joining: Promise<Position | undefined> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Joins or rejoins. Concurrent calls share one request. Gives back what the server was told that the room has. */
  join(): Promise<Position | undefined> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  close(): void {
    this.#isOpen = false;
    this.#inbox = [];
  }

  receive(handle: () => void): void {
    if (this.#isOpen) handle();
    else this.#inbox.push(handle);
  }

  async #join(): Promise<Position | undefined> {
    const { chatId, link, entry, signer, position, ending, entered } = this.#deps;
    // Whoever joins again without having left has missed nothing.
    const known = this.#isOpen ? undefined : await position();
    const { after, from } = known ?? {};
    const has = after === undefined ? {} : { after, ...(from === undefined ? {} : { from }) };
    const { publicKey: signingKey } = await signer.pair;
    const over = ending();
    if (over) throw over;
    const reply = await link.request('room:join', { ...entry(signingKey), ...has });
    const reason = ending();
    if (reason) {
      // The room was left while the answer was on its way.
      link.request('room:leave', { chat_id: chatId }).catch(() => {});
      throw reason;
    }
    this.#isOpen = true;
    entered(reply);
    for (const handle of this.#inbox.splice(0)) handle();
    return known;
  }
}
