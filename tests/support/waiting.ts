/** Longer than anything takes on a busy machine, but shorter than a test's time limit, so that the failure names the condition. */
export const PATIENCE_MS = 30_000;
const LOOK_MS = 2;

type Patience = {
  withinMs?: number;
  /** The present state, for the error message. */
  found?: () => unknown;
};

/** Waits for a condition that has no event. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  { withinMs = PATIENCE_MS, found }: Patience = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      const instead = found ? `; there is ${JSON.stringify(await found())}` : '';
      throw new Error(`It did not become true: ${isSo}${instead}`);
    }
    await Bun.sleep(LOOK_MS);
  }
}

/** One turn of the event loop: everything that waits runs first. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets another process go on for a moment, to cut it off in the middle. */
export const aMoment = (ms: number): Promise<void> => Bun.sleep(ms);

/** Blocks the event loop. */
export function block(ms: number): void {
  Bun.sleepSync(ms);
}

const QUIET_LOOKS = 5;

/** Waits until all work under way has finished, including pauses between units of work. */
export async function atRest({ database }: { database: { units: { pending: number } } }): Promise<void> {
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet = database.units.pending === 0 ? quiet + 1 : 0) await Bun.sleep(1);
}
