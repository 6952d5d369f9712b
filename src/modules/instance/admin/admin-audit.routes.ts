import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { AuditEntries, AuditQuery } from '../../people/audit/audit.model.ts';
import type { Audit } from '../../people/audit/audit.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; audit: Audit };

export const adminAuditRoutes = ({ access, audit }: Deps) =>
  new Elysia({ name: 'admin-audit', prefix: '/v1/admin/audit', tags: ['Admin'] })
    .use(access)
    .get('/logs', ({ principal, query }) => audit.list(principal, query), {
      mod: 'ADMIN',
      query: AuditQuery,
      response: { 200: AuditEntries },
      detail: describe({
        operationId: 'listAuditEntries',
        summary: 'List audit entries, newest first',
        description:
          'Moderators see moderation events only, without the chat and the reason where the chat is private.',
      }),
    });
