import type { PreparedChat } from '../support/world.ts';
import type { Tally } from './tally.ts';

/** One order to a server under test: broadcast `count` events, numbered from `first`. */
export type BroadcastOrder = { first: number; count: number; fill: string; spaced: boolean };

export type Usage = { cpu_ms: number; rss_mb: number };

export const EVENT = 'news';
export const TOKEN = 'bench';

/** What one broadcast carries. */
export function newsOf(seq: number, fill: string): { seq: string; fill: string } {
  return { seq: String(seq).padStart(8, '0'), fill };
}

/** What fills a payload to so many bytes of JSON. */
export function fillOf(bytes: number): string {
  return 'x'.repeat(bytes - JSON.stringify(newsOf(0, '')).length);
}

/** Where the eight digits begin in a frame `42["news",{"seq":"00000000",…`. */
export const SEQ_OFFSET = `42["${EVENT}",{"seq":"`.length;

/** What the load process is asked to do, as JSON on stdin. */
export type LoadOrder = {
  port: number;
  pid: number;
  sockets: number;
  broadcasts: number;
  batch: number;
  spaced: boolean;
  /** How broadcasts come about: ordered from the server, or sent by clients. */
  by: 'order' | 'clients';
  /** Of JSON that a broadcast carries. What a Portal makes of a message is its own affair. */
  bytes: number;
  /** In which the clients meet, where the server is a Portal. */
  chat?: PreparedChat;
};

/** What one run of the load process found. */
export type LoadResult = {
  deliveriesPerSecond: number;
  /** Of one broadcast, as it comes over the wire. */
  frameBytes: number;
  /** Gaps; a delivery that comes late after all is counted here and as disordered. */
  lost: number;
  disordered: number;
  cpuMs: number;
  rssMb: number;
};

/** How listeners get in and broadcasts come about. */
export type Driver = {
  tally: Tally;
  openListener(): Promise<void>;
  /** All listeners are there. */
  begin(): Promise<void>;
  /** Resolves when the server has taken in all of them. */
  broadcast(first: number, count: number): Promise<void>;
  usage(): Promise<{ cpuMs: number; rssMb: number }>;
  /** Throws when something does not add up. */
  finish(): Promise<void>;
};
