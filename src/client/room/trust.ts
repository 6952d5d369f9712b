/** Public keys (base64) the user has rejected. The library neither seals for them nor accepts chat keys from them. */
export class Trust {
  readonly #denied = new Set<string>();

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
