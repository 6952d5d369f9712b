import { Elysia } from 'elysia';
import { isLoopback } from '../../../core/addresses.ts';
import { unauthenticated } from '../../../core/errors.ts';
import { sameText } from '../../../core/secrets.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import type { Metrics } from './metrics.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  metrics: Metrics;
  metricsToken: string | undefined;
  publicUrl: string | undefined;
};

const tokenNeeded = unauthenticated.saying('Send the metrics token as Authorization: Bearer');

export const metricsRoutes = ({ access, metrics, metricsToken, publicUrl }: Deps) => {
  // A public address means a proxy, and one that adds no header looks like a program on this machine.
  const isPublic = publicUrl !== undefined && !isNameOfHere(new URL(publicUrl).host);
  const hasToken = (authorization: string | undefined): boolean => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return metricsToken !== undefined && given !== undefined && sameText(given, metricsToken);
  };

  return new Elysia({ name: 'metrics', tags: ['Monitoring'] }).use(access).get(
    '/metrics',
    async ({ context, headers }) => {
      const isLocal = !isPublic && isLoopback(context.ip) && cameFromHere(headers);
      if (!isLocal && !hasToken(headers.authorization)) throw tokenNeeded();
      return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } });
    },
    {
      open: 'HEALTH',
      detail: describe({
        operationId: 'getMetrics',
        summary: 'Get metrics for Prometheus',
        description:
          'Open to requests from the same machine, unless `PORTAL_PUBLIC_URL` is set. Others send the token of ' +
          '`PORTAL_METRICS_TOKEN` as `Authorization: Bearer`.',
        fails: [tokenNeeded],
        answers: 'text/plain',
      }),
    },
  );
};

/** What proxies add to a request, besides the addresses that it came from. */
const ADDED_BY_PROXIES = ['forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port'];

/** A proxy on this machine that nobody told us to trust must not open the door to everybody behind it. */
function cameFromHere(headers: Record<string, string | undefined>): boolean {
  if (ADDED_BY_PROXIES.some((name) => headers[name] !== undefined)) return false;
  const hops = (headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim());
  return hops.every((hop) => hop === '' || isLoopback(hop)) && isNameOfHere(headers.host);
}

/** A proxy may pass on nothing but the name that it was asked by. */
function isNameOfHere(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return name === 'localhost' || isLoopback(name);
}
