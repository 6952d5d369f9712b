import type { Socket } from 'node:net';
import type { Timers } from '../../core/clock.ts';
import type { Destinations, Target } from './destinations.ts';
import { type Connect, dial } from './dial.ts';
import { IdleWatch } from './idle-watch.ts';
import type { GateLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { readHead } from './read-head.ts';
import { Refusal, refusalAnswer } from './refusal.ts';
import { relayExchange, relayTunnel } from './relay.ts';
import { type RequestHead, readRequestHead, wishOf } from './request-head.ts';

export type Serving = {
  destinations: Destinations;
  connect: Connect;
  timers: Timers;
  limits: GateLimits;
  pace: Pace;
  /** @throws Refusal for whoever does not have the credential */
  authorize(head: RequestHead): void;
  /** Whether the gate itself answers; it does with nothing. */
  isGreeting(to: Target): boolean;
  onRefusal(refusal: Refusal, to: Target | null): void;
};

const NOTHING = 'HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n';

/** Serves one connection of a browser, from its first byte until both ends are closed. */
export async function serveClient(client: Socket, serving: Serving): Promise<void> {
  const { destinations, timers, limits } = serving;
  let to: Target | null = null;
  const watch = new IdleWatch(timers, () => client.destroy());
  client.on('error', () => client.destroy());
  client.on('close', () => watch.stop());

  const refuse = (refusal: Refusal) => {
    serving.onRefusal(refusal, to);
    finish(client, refusalAnswer(refusal), watch, limits);
  };
  try {
    const read = await readHead(client, { timers, limits });
    if (read === null) return;
    const head = readRequestHead(read.text);
    const wish = wishOf(head);
    to = wish.to;
    serving.authorize(head);
    if (serving.isGreeting(to)) return finish(client, NOTHING, watch, limits);
    const addresses = await destinations.find(to);
    if (client.destroyed) return;
    const upstream = await dial(addresses, to.port, serving);
    if (client.destroyed) return void upstream.destroy();
    client.on('close', () => upstream.destroy());
    const ends = { client, upstream, watch, limits, pace: serving.pace };
    if (wish.kind === 'tunnel') relayTunnel(ends, read.rest);
    else relayExchange(ends, wish, read.rest, refuse);
  } catch (error) {
    if (error instanceof Refusal && !client.destroyed) refuse(error);
    else client.destroy();
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Says the last word. What the browser still sends is read, or it would see a reset instead of the answer. */
function finish(client: Socket, answer: string, watch: IdleWatch, limits: GateLimits): void {
  client.removeAllListeners('data');
  client.on('data', () => {});
  client.on('end', () => client.destroy());
  client.end(answer);
  client.resume();
  watch.limit(limits.refusalMs);
}
