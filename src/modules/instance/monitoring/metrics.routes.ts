import { Elysia } from 'elysia';
import { isLoopback } from '../../../core/addresses.ts';
import { unauthenticated } from '../../../core/errors.ts';
import { sameText } from '../../../core/secrets.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import type { Metrics } from './metrics.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; metrics: Metrics; metricsToken: string | undefined };

const tokenNeeded = unauthenticated.saying('Send the metrics token as Authorization: Bearer');

export const metricsRoutes = ({ access, metrics, metricsToken }: Deps) => {
  const hasToken = (authorization: string | undefined): boolean => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return metricsToken !== undefined && given !== undefined && sameText(given, metricsToken);
  };

  return new Elysia({ name: 'metrics', tags: ['Monitoring'] }).use(access).get(
    '/metrics',
    async ({ context, headers }) => {
      const isLocal = isLoopback(context.ip) && cameFromHere(headers['x-forwarded-for']) && !headers.forwarded;
      if (!isLocal && !hasToken(headers.authorization)) throw tokenNeeded();
      return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } });
    },
    {
      open: 'HEALTH',
      detail: describe({
        operationId: 'getMetrics',
        summary: 'Get metrics for Prometheus',
        description:
          'Open to requests from the same machine. Others send the token of `PORTAL_METRICS_TOKEN` as `Authorization: Bearer`.',
        fails: [tokenNeeded],
        answers: 'text/plain',
      }),
    },
  );
};

/** A local proxy that is not configured as trusted must not expose the metrics to everyone behind it. */
function cameFromHere(forwardedFor: string | undefined): boolean {
  return (forwardedFor ?? '').split(',').every((hop) => hop.trim() === '' || isLoopback(hop.trim()));
}
