import type { Output } from './output.ts';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

const INTERRUPTED =
  'Interrupted. The command may have been done, or a part of it: check before you repeat it. A notification to everyone continues in the running server, or at its next start.';

/** While `act` runs, a signal that ends the process says what that means. The status is what a shell gives for the signal. */
export async function interruptible<T>(output: Output, act: () => Promise<T>): Promise<T> {
  const listeners = SIGNALS.map(([signal, status]) => {
    const end = () => {
      output.err(INTERRUPTED);
      process.exit(status);
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  try {
    return await act();
  } finally {
    for (const remove of listeners) remove();
  }
}
