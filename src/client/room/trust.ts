/**
 * Whom keys are sealed for: `listed`, every session in the list, each announced before; `verified`, only sessions that the user
 * has confirmed with `ChatRoom.confirm`.
 */
export type TrustLevel = 'listed' | 'verified';

/** Whom this client trusts. It neither seals for rejected public keys (base64) nor accepts chat keys from them. */
export class Trust {
  readonly level: TrustLevel;
  readonly #denied = new Set<string>();

  constructor(level: TrustLevel = 'listed') {
    this.level = level;
  }

  deny(publicKey: string): void {
    this.#denied.add(publicKey);
  }

  allow(publicKey: string): void {
    this.#denied.delete(publicKey);
  }

  isDenied(publicKey: string): boolean {
    return this.#denied.has(publicKey);
  }
}
