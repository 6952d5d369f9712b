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

/** Padding that brings a payload to `bytes` bytes of JSON. */
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
  /** The source of broadcasts: ordered from the server, or sent by clients. */
  by: 'order' | 'clients';
  /** The JSON size of a bare server's broadcast. A Portal's frames have their own size. */
  bytes: number;
  /** The chat that clients join on a Portal. */
  chat?: PreparedChat;
};

/** The result of one run of the load process. */
export type LoadResult = {
  deliveriesPerSecond: number;
  /** The size of one broadcast on the wire. */
  frameBytes: number;
  /** Gaps. A late delivery counts both here and as disordered. */
  lost: number;
  disordered: number;
  cpuMs: number;
  rssMb: number;
};

/** How listeners connect and broadcasts are made. */
export type Driver = {
  tally: Tally;
  openListener(): Promise<void>;
  /** All listeners are there. */
  begin(): Promise<void>;
  /** Resolves when the server has accepted all of them. */
  broadcast(first: number, count: number): Promise<void>;
  usage(): Promise<{ cpuMs: number; rssMb: number }>;
  /** Throws when the counts do not match. */
  finish(): Promise<void>;
};
