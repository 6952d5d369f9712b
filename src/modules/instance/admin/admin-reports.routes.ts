import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import type { ReportDecisions } from '../../chats/reports/report-decisions.service.ts';
import { reportErrors } from '../../chats/reports/reports.errors.ts';
import { Report, ReportParams, Reports, ReportsQuery, ResolveBody } from '../../chats/reports/reports.model.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; reportDecisions: ReportDecisions };

export const adminReportsRoutes = ({ access, reportDecisions }: Deps) =>
  new Elysia({ name: 'admin-reports', prefix: '/v1/admin/reports', tags: ['Admin'] })
    .use(access)
    .get('', ({ principal, query }) => reportDecisions.list(principal, query), {
      mod: 'ADMIN',
      query: ReportsQuery,
      response: { 200: Reports },
      detail: describe({
        operationId: 'listReports',
        summary: 'List reports, newest first',
        description:
          'What participants of direct chats reported, never what was said. Reports by you and about you are missing. Reports ' +
          'are kept for 180 days.',
      }),
    })
    .post(
      '/:report_id/resolve',
      ({ principal, params, body }) => reportDecisions.resolve(principal, params.report_id, body),
      {
        mod: 'ADMIN',
        params: ReportParams,
        body: ResolveBody,
        response: { 200: Report },
        detail: describe({
          operationId: 'resolveReport',
          summary: 'Decide a report',
          description:
            'A decided report holds nobody back from searching. After a dismissal, further reports by the same person do not do ' +
            'so either. The two stay apart in any case. Reports by you and about you are not found.',
          fails: [reportErrors.notFound, reportErrors.decided],
          example: { outcome: 'upheld' },
        }),
      },
    );
