/** Units that are committed together. */
export type Batch<E> = {
  beganMs: number;
  /** What the lane had written before. */
  written: number;
  units: number;
  events: E[];
  acknowledged: PromiseWithResolvers<void>;
};

/** A batch without units; `written` is what the lane had written before. */
export function newBatch<E>(written: number): Batch<E> {
  const acknowledged = Promise.withResolvers<void>();
  // Whoever waits for it gets its failure; nobody may.
  acknowledged.promise.catch(() => {});
  return { beganMs: performance.now(), written, units: 0, events: [], acknowledged };
}
