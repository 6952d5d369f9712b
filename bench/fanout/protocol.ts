/** One order to a server under test: broadcast `count` events, numbered from `first`. */
export type BroadcastOrder = { first: number; count: number; fill: string; spaced: boolean };

export type Usage = { cpu_ms: number; rss_mb: number };

export const EVENT = 'news';
export const TOKEN = 'bench';

/** What one broadcast carries. With a `fill` of 117 characters it is 150 bytes of JSON. */
export function newsOf(seq: number, fill: string): { seq: string; fill: string } {
  return { seq: String(seq).padStart(8, '0'), fill };
}

export const FILL = 'x'.repeat(150 - JSON.stringify(newsOf(0, '')).length);

/** Where the eight digits begin in a frame `42["news",{"seq":"00000000",…`. */
export const SEQ_OFFSET = `42["${EVENT}",{"seq":"`.length;

/** What one run of the load process found. */
export type LoadResult = {
  deliveriesPerSecond: number;
  delivered: number;
  /** Gaps; a delivery that comes late after all is counted here and as disordered. */
  lost: number;
  disordered: number;
  cpuMs: number;
  rssMb: number;
};
