import { openClient, type Tally } from './client.ts';
import { type BroadcastOrder, FILL, type LoadResult, type Usage } from './protocol.ts';

/** The load process: `bun load.ts <port> <sockets> <broadcasts> <batch> <spaced 0|1>`; prints a {@link LoadResult}. */
const [port = 0, sockets = 0, broadcasts = 0, batch = 0, spaced = 0] = process.argv.slice(2).map(Number);
const PATIENCE_MS = 10_000;
const OPEN_AT_ONCE = 50;

const tally: Tally = { delivered: 0, lost: 0, disordered: 0, onDelivery() {} };
const at = `http://127.0.0.1:${port}`;

for (let open = 0; open < sockets; open += OPEN_AT_ONCE) {
  const group = Array.from({ length: Math.min(OPEN_AT_ONCE, sockets - open) }, () => openClient(port, tally));
  await Promise.all(group);
}

await burst(0, batch);
const before = await usage();
const delivered = tally.delivered;
const seconds = await burst(batch, broadcasts);
const after = await usage();

const result: LoadResult = {
  deliveriesPerSecond: (tally.delivered - delivered) / seconds,
  delivered: tally.delivered,
  lost: tally.lost + missingAtTheEnd(),
  disordered: tally.disordered,
  cpuMs: after.cpu_ms - before.cpu_ms,
  rssMb: after.rss_mb,
};
console.log(JSON.stringify(result));
process.exit(0);

/** Broadcasts batch by batch, each when all have the last. Gives the seconds from the first order to the last delivery. */
async function burst(first: number, count: number): Promise<number> {
  const began = performance.now();
  let ended = began;
  for (let done = 0; done < count; done += batch) {
    const size = Math.min(batch, count - done);
    const all = arrived(tally.delivered + size * sockets);
    await order({ first: first + done, count: size, fill: FILL, spaced: spaced === 1 });
    ended = await all;
  }
  return (ended - began) / 1000;
}

/** The time at which so many deliveries have been counted, or at which waiting makes no sense any more. */
function arrived(total: number): Promise<number> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      tally.onDelivery = () => {};
      resolve(performance.now());
    };
    const timer = setTimeout(done, PATIENCE_MS);
    tally.onDelivery = () => {
      if (tally.delivered >= total) done();
    };
  });
}

async function order(body: BroadcastOrder): Promise<void> {
  await fetch(`${at}/broadcast`, { method: 'POST', body: JSON.stringify(body) });
}

async function usage(): Promise<Usage> {
  return (await (await fetch(`${at}/usage`)).json()) as Usage;
}

/** Gaps are counted where they are seen; this is what never came, with nothing after it. */
function missingAtTheEnd(): number {
  return Math.max(0, (batch + broadcasts) * sockets - tally.delivered - tally.lost);
}
