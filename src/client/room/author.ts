import { encodeBase64 } from '../crypto/base64.ts';
import { sealSignedEnvelope } from '../crypto/envelope.ts';
import { TAB_BYTES } from '../crypto/plaintext.ts';
import type { RandomBytes } from '../crypto/random.ts';
import type { Signer } from '../crypto/signing.ts';

type Deps = {
  chatId: number;
  signer: Signer;
  random: RandomBytes;
  /** This person: the user id, or in a direct chat the participant. Known once the room is joined. */
  user(): number;
};

/** Signs what this client says in a chat, and numbers it. */
export class Author {
  readonly #deps: Deps;
  readonly #tab: string;
  #last = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#tab = encodeBase64(deps.random(TAB_BYTES));
  }

  /** The number of the next message. A message that is sealed again keeps its number. */
  takeNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The message was not sent. If another has followed, its number stays a gap. */
  returnNumber(n: number): void {
    if (n === this.#last) this.#last -= 1;
  }

  /** @throws SealError `ERR_TEXT_TOO_LONG` */
  async seal(text: string, at: { epoch: number; n: number; chatKey: Uint8Array }): Promise<string> {
    const { chatId, signer, random, user } = this.#deps;
    const { epoch, n, chatKey } = at;
    const statement = { chat: chatId, epoch, user: user(), tab: this.#tab, n };
    return sealSignedEnvelope(text, statement, await signer.pair, chatKey, random);
  }
}
