/** Returns `length` random bytes. Tests pass their own; everything else uses `secureRandom`. */
export type RandomBytes = (length: number) => Uint8Array;

/** The platform's generator, in browsers and Bun. */
export const secureRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));
