const acts = new Set<() => void>();

process.on('exit', () => {
  for (const act of acts) act();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Does it when this process ends early. The function that comes back does it now instead. */
export function atExit(act: () => void): () => void {
  acts.add(act);
  return () => {
    if (acts.delete(act)) act();
  };
}
