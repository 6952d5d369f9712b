import type { BroadcastOrder, Usage } from '../protocol.ts';

/** Answers the load process's orders; undefined for any other request. */
export function control(
  request: Request,
  broadcast: (seq: number, fill: string) => void,
): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === '/broadcast') return obey(request, broadcast);
  if (pathname === '/usage') return Promise.resolve(Response.json(usage()));
  return undefined;
}

async function obey(request: Request, broadcast: (seq: number, fill: string) => void): Promise<Response> {
  const { first, count, fill, spaced } = (await request.json()) as BroadcastOrder;
  for (let seq = first; seq < first + count; seq++) {
    broadcast(seq, fill);
    if (spaced) await new Promise((resolve) => setImmediate(resolve));
  }
  return new Response(null, { status: 204 });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu_ms: (user + system) / 1000, rss_mb: process.memoryUsage.rss() / 2 ** 20 };
}
