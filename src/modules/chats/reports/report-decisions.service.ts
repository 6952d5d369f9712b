import type { Clock } from '../../../core/clock.ts';
import { levelRequired } from '../../../core/errors.ts';
import { actorId, hasLevel, Level, type PersonId, type Principal, personOfUser } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { Rights } from '../../people/users/rights.service.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { reportErrors } from './reports.errors.ts';
import { REPORT_STATES, type Report, type Reports, type ReportsQuery, type ResolveBody } from './reports.model.ts';
import { presentReport, usersIn } from './reports.presenter.ts';
import * as repository from './reports.repository.ts';
import type { ReportRow } from './reports.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireLevel'>;
  avatarAddress: AvatarAddress;
};

export type ReportDecisions = ReturnType<typeof createReportDecisions>;

/** The moderators' view of reports. Both sides of a report get 404 for it; the console is never a side. */
export function createReportDecisions({ read, units, clock, audit, rights, avatarAddress }: Deps) {
  async function present(db: Queries, rows: readonly ReportRow[]): Promise<Report[]> {
    const users = new Map((await repository.listUsersInShort(db, usersIn(rows))).map((user) => [user.id, user]));
    return rows.map((row) => presentReport(row, users, avatarAddress));
  }

  return {
    /** Newest first. */
    async list(actor: Principal, { state, offset, limit }: ReportsQuery): Promise<Reports> {
      if (!hasLevel(actor, Level.Moderator)) throw levelRequired(Level.Moderator)();
      const filter = { states: state === undefined ? REPORT_STATES : [state], apartFrom: sideOf(actor) };
      const total = await repository.countReports(read, filter);
      const items = await present(read, await repository.listReports(read, filter, offset, limit));
      return { items, total, offset, limit };
    },

    /** Decides an open report. The audit entry names neither side. */
    async resolve(principal: Principal, reportId: number, { outcome, note }: ResolveBody): Promise<Report> {
      return units.run('resolve report', async ({ db }) => {
        const actor = await rights.requireLevel(db, principal, Level.Moderator);
        const own = sideOf(actor);
        const row = await repository.findReport(db, reportId);
        if (!row || row.reporter === own || row.reported === own) throw reportErrors.notFound();
        if (row.state !== 'open') throw reportErrors.decided();
        const decision = { state: outcome, decidedById: actorId(actor), decidedAt: clock.now() };
        await repository.decideReport(db, reportId, decision);
        const metadata = { outcome, note: note?.trim() || null };
        await audit.record(db, { event: 'REPORT_RESOLVE', entity: ['report', reportId], actor, metadata });
        const [decided] = await present(db, [{ ...row, ...decision }]);
        return decided as Report;
      });
    },
  };
}

function sideOf(actor: Principal): PersonId | undefined {
  return actor.kind === 'user' ? personOfUser(actor.userId) : undefined;
}
