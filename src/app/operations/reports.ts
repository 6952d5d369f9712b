import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { REPORT_STATES, ResolveBody } from '../../modules/chats/reports/reports.model.ts';
import { Id, OneOf } from '../../wire/models.ts';
import { type Operation, operation } from './operation.ts';

/** Reports between participants of direct chats. The console sees and decides all. */
export const reportOperations: readonly Operation[] = [
  operation({
    name: 'report.list',
    args: Type.Object({
      state: Type.Optional(OneOf(REPORT_STATES)),
      offset: Type.Integer({ minimum: 0 }),
      limit: Type.Integer({ minimum: 1, maximum: 200 }),
    }),
    run: async ({ modules: { reportDecisions } }, query) => (await reportDecisions.list(CONSOLE, query)).items,
  }),
  operation({
    name: 'report.resolve',
    args: Type.Object({ id: Id(), ...ResolveBody.properties }),
    run: ({ modules: { reportDecisions } }, { id, ...body }) => reportDecisions.resolve(CONSOLE, id, body),
  }),
];
