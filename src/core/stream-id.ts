/** A message's position in its chat: Unix milliseconds and a counter. */
export type StreamId = { ms: number; seq: number };

/** `1710000000000-0` */
export function formatStreamId({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`;
}

/** The reverse of {@link formatStreamId}; undefined for anything else. */
export function parseStreamId(text: string): StreamId | undefined {
  const match = /^(0|[1-9]\d{0,15})-(0|[1-9]\d{0,9})$/.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]);
  return Number.isSafeInteger(ms) ? { ms, seq: Number(match[2]) } : undefined;
}

/** Whether `a` comes after `b`. */
export function isAfter(a: StreamId, b: StreamId): boolean {
  return a.ms > b.ms || (a.ms === b.ms && a.seq > b.seq);
}

export function laterOf(a: StreamId, b: StreamId): StreamId {
  return isAfter(a, b) ? a : b;
}
