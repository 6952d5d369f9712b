import { orderedBroadcasts } from './ordered.ts';
import type { LoadOrder, LoadResult } from './protocol.ts';
import { sentMessages } from './sent.ts';

const PATIENCE_MS = 10_000;
const OPEN_AT_ONCE = 50;

const order: LoadOrder = await Bun.stdin.json();
const { sockets, broadcasts, batch, by } = order;
const driver = by === 'clients' ? sentMessages(order) : orderedBroadcasts(order);
const { tally } = driver;

for (let open = 0; open < sockets; open += OPEN_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(OPEN_AT_ONCE, sockets - open) }, () => driver.openListener()));
}
await driver.begin();
// A fresh process runs its first broadcasts slower than the rest.
await burst(0, broadcasts);
const before = await driver.usage();
const delivered = tally.delivered;
const seconds = await burst(broadcasts, broadcasts);
const after = await driver.usage();
await driver.finish();

const result: LoadResult = {
  deliveriesPerSecond: (tally.delivered - delivered) / seconds,
  frameBytes: tally.frameBytes,
  // Gaps are counted as they are seen; the rest never arrived, and nothing after it did.
  lost: tally.lost + Math.max(0, 2 * broadcasts * sockets - tally.delivered - tally.lost),
  disordered: tally.disordered,
  cpuMs: after.cpuMs - before.cpuMs,
  rssMb: after.rssMb,
};
console.log(JSON.stringify(result));
process.exit(0);

/** Broadcasts batch by batch, each after the previous one reached everyone. Returns the seconds to the last delivery. */
async function burst(first: number, count: number): Promise<number> {
  const began = performance.now();
  let ended = began;
  for (let done = 0; done < count; done += batch) {
    const size = Math.min(batch, count - done);
    const all = tally.arrived(tally.delivered + size * sockets, PATIENCE_MS);
    await driver.broadcast(first + done, size);
    ended = await all;
  }
  return (ended - began) / 1000;
}
