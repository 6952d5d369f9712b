import { openSocketClient } from '../support/socket-client.ts';
import { type BroadcastOrder, type Driver, fillOf, type LoadOrder, SEQ_OFFSET, TOKEN, type Usage } from './protocol.ts';
import { Tally } from './tally.ts';

const [ZERO, TWO] = [0x30, 0x32];

/** A bare server, which broadcasts when ordered to. */
export function orderedBroadcasts({ port, spaced, bytes: payload }: LoadOrder): Driver {
  const tally = new Tally((bytes, start) =>
    bytes[start + 1] === TWO ? eightDigits(bytes, start + SEQ_OFFSET) : undefined,
  );
  const at = `http://127.0.0.1:${port}`;
  return {
    tally,
    async openListener() {
      await openSocketClient({ port, token: TOKEN, onPacket: tally.listener() });
    },
    async begin() {},
    async broadcast(first, count) {
      const order: BroadcastOrder = { first, count, fill: fillOf(payload), spaced };
      await fetch(`${at}/broadcast`, { method: 'POST', body: JSON.stringify(order) });
    },
    async usage() {
      const { cpu_ms, rss_mb } = (await (await fetch(`${at}/usage`)).json()) as Usage;
      return { cpuMs: cpu_ms, rssMb: rss_mb };
    },
    async finish() {},
  };
}

function eightDigits(bytes: Buffer, start: number): number {
  let number = 0;
  for (let at = start; at < start + 8; at++) number = number * 10 + (bytes[at] ?? 0) - ZERO;
  return number;
}
