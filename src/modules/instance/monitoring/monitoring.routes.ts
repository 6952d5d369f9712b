import { Elysia } from 'elysia';
import { isoTime } from '../../../core/clock.ts';
import { NAME, runningSourceHash, VERSION } from '../../../core/version.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { AdminHealth, Health, InstanceInfo } from './monitoring.model.ts';
import type { Monitoring } from './monitoring.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; monitoring: Monitoring; startedAt: number };

export const monitoringRoutes = ({ access, monitoring, startedAt }: Deps) =>
  new Elysia({ name: 'monitoring', tags: ['Monitoring'] })
    .use(access)
    .get(
      '/',
      () => ({ name: NAME, version: VERSION, docs: '/docs', openapi: '/openapi.json', started_at: isoTime(startedAt) }),
      {
        open: 'HEALTH',
        response: { 200: InstanceInfo },
        detail: describe({
          operationId: 'getInstance',
          summary: 'Get the name and version of the instance',
          description: 'Also contains the paths of the API docs and of the OpenAPI document.',
        }),
      },
    )
    .get(
      '/health',
      async ({ set }) => {
        const health = await monitoring.health();
        if (health.status === 'unhealthy') set.status = 503;
        return health;
      },
      {
        open: 'HEALTH',
        response: { 200: Health, 503: Health },
        detail: describe({
          operationId: 'getHealth',
          summary: 'Check the health of the instance',
          description: '200 while healthy or degraded, 503 when unhealthy.',
        }),
      },
    )
    .get(
      '/v1/admin/health',
      async ({ set }) => {
        const health = await monitoring.health();
        if (health.status === 'unhealthy') set.status = 503;
        return { ...health, source_hash: runningSourceHash(), live: await monitoring.live() };
      },
      {
        admin: 'ADMIN',
        response: { 200: AdminHealth, 503: AdminHealth },
        detail: describe({
          operationId: 'getAdminHealth',
          summary: 'Check the health, and see what is going on',
          description: 'Same as `/health`, with the hash of the sources and the figures of the last minute.',
        }),
      },
    );
