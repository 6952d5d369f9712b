import { connect as connectTo, type Socket } from 'node:net';
import type { Timers } from '../../core/clock.ts';
import type { GateLimits } from './limits.ts';
import { Refusal } from './refusal.ts';

/** Begins a connection to an address, never to a name. */
export type Connect = (address: string, port: number) => Socket;

export const systemConnect: Connect = (host, port) =>
  connectTo({ host, port, allowHalfOpen: true, autoSelectFamily: false, noDelay: true, keepAlive: true });

type Dialing = { connect: Connect; timers: Timers; limits: GateLimits };

/**
 * A connection to the first of the addresses that takes one.
 *
 * @throws Refusal when none does
 */
export async function dial(addresses: readonly string[], port: number, dialing: Dialing): Promise<Socket> {
  const { timers, limits } = dialing;
  const startedAt = timers.elapsed();
  for (const address of addresses) {
    const leftMs = startedAt + limits.connectMs - timers.elapsed();
    if (leftMs <= 0) break;
    const socket = await attempt(address, port, Math.min(leftMs, limits.addressMs), dialing);
    if (socket !== null) return socket;
  }
  throw new Refusal(502, 'The server does not answer.');
}

/** Null when there is no connection. */
function attempt(address: string, port: number, ms: number, { connect, timers }: Dialing): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(address, port);
    const settle = (result: Socket | null) => {
      cancel();
      socket.off('connect', onConnect);
      if (result === null) socket.destroy();
      resolve(result);
    };
    const onConnect = () => settle(socket);
    const cancel = timers.after(ms, () => settle(null));
    socket.on('connect', onConnect);
    // Stays, so that an error of later does not end the process.
    socket.on('error', () => settle(null));
  });
}
