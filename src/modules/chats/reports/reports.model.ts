import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Nullable, OneOf, Page, Paragraph, PathId, Statement, Time, User } from '../../../wire/models.ts';

export const REPORT_STATES = ['open', 'upheld', 'dismissed'] as const;
export const OUTCOMES = ['upheld', 'dismissed'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

export const ReportBody = Type.Object({
  chat_id: Id('A direct chat of yours, live or archived.'),
  reason: Statement({ minLength: 1, maxLength: 500, description: 'What the other one did.' }),
});
export type ReportBody = Static<typeof ReportBody>;

export const ReportsQuery = t.Object({
  state: t.Optional(OneOf(REPORT_STATES, 'Only reports in this state.')),
  ...Page(50, 200),
});
export type ReportsQuery = Static<typeof ReportsQuery>;

export const ReportParams = t.Object({ report_id: PathId('The id of the report.') });

export const ResolveBody = Type.Object({
  outcome: OneOf(OUTCOMES, '`upheld`: rightly made. `dismissed`: thrown out.'),
  note: Type.Optional(
    Paragraph({ maxLength: 500, description: 'Kept in the audit log, which every Admin reads: name nobody in it.' }),
  ),
});
export type ResolveBody = Static<typeof ResolveBody>;

const Side = Type.Union([
  Type.Object({ kind: Type.Literal('user'), user: User }, { title: 'ReportUser' }),
  Type.Object(
    {
      kind: Type.Literal('stranger'),
      signature: Type.String({ description: 'Identifies the stranger while their session lasts.' }),
      alias: Type.String({ description: 'Their name in the chat.' }),
    },
    { title: 'ReportStranger' },
  ),
]);
export type Side = Static<typeof Side>;

export const Report = Type.Object(
  {
    id: Type.Integer(),
    chat_id: Type.Integer({ description: 'Moderators cannot read it; it may be gone.' }),
    reason: Type.String(),
    state: OneOf(REPORT_STATES),
    created_at: Time(),
    reporter: Side,
    reported: Side,
    decided_by_id: Nullable(Type.Integer({ description: 'Null until decided, and for the command line.' })),
    decided_at: Nullable(Time()),
  },
  { title: 'Report' },
);
export type Report = Static<typeof Report>;

export const Reports = Type.Object(
  { items: Type.Array(Report), total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() },
  { title: 'Reports' },
);
export type Reports = Static<typeof Reports>;
