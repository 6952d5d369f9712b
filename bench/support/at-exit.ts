const acts = new Set<() => void>();

process.on('exit', () => {
  for (const act of acts) act();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Runs `work` if this process ends early. Call the returned function to run it now instead. */
export function atExit(act: () => void): () => void {
  acts.add(act);
  return () => {
    if (acts.delete(act)) act();
  };
}
