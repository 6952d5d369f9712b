/** Public keys (base64) that people found to be false. The library never seals for them, nor takes a chat key from them. */
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
