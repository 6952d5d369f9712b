/** Longer than anything here takes on a busy machine, and shorter than a test's time limit, so that the test says what it missed. */
export const PATIENCE_MS = 12_000;
const LOOK_MS = 2;

type Patience = {
  withinMs?: number;
  /** What there is instead, for the failure. */
  found?: () => unknown;
};

/** Waits for something that has no event of its own. */
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

/** Gives way to everything that is waiting. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Keeps this process from doing anything else. */
export function block(ms: number): void {
  Bun.sleepSync(ms);
}

const QUIET_LOOKS = 5;

/** Waits until what was set going has come to its end, its pauses between two units of work included. */
export async function atRest({ database }: { database: { units: { pending: number } } }): Promise<void> {
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet = database.units.pending === 0 ? quiet + 1 : 0) await Bun.sleep(1);
}
