/** Gives this many random bytes. A test hands in its own, everybody else takes `secureRandom`. */
export type RandomBytes = (length: number) => Uint8Array;

/** The platform's own generator; browsers and Bun both have it. */
export const secureRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));
