import type { Clock } from '../../../core/clock.ts';
import { invalid } from '../../../core/errors.ts';
import { actorId, Level, type Principal, SYSTEM } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Rights } from '../users/rights.service.ts';
import { announcementErrors } from './announcements.errors.ts';
import type { AnnouncementsEvent } from './announcements.events.ts';
import type { Announcement, CreateAnnouncementBody } from './announcements.model.ts';
import { presentAnnouncement } from './announcements.presenter.ts';
import * as repository from './announcements.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<AnnouncementsEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireLevel'>;
};

const EXPIRED_AT_ONCE = 100;

export type Announcements = ReturnType<typeof createAnnouncements>;

/** Announcements to everyone, until they expire or are deleted. */
export function createAnnouncements({ read, units, clock, audit, rights }: Deps) {
  /** False when it was already deleted. */
  async function remove({ db, emit }: Unit<AnnouncementsEvent>, id: number, actor: Principal): Promise<boolean> {
    const row = await repository.takeAnnouncement(db, id);
    if (!row) return false;
    const metadata = { title: row.title };
    await audit.record(db, { event: 'ANNOUNCEMENT_DELETE', entity: ['system', id], actor, metadata });
    emit({ name: 'announcement.deleted', id });
    return true;
  }

  return {
    async list(): Promise<Announcement[]> {
      return (await repository.listCurrent(read, clock.now())).map(presentAnnouncement);
    },

    async create(
      principal: Principal,
      { title, body, type = 'info', expires_at = null }: CreateAnnouncementBody,
    ): Promise<Announcement> {
      const now = clock.now();
      const expiresAt = expires_at === null ? null : Date.parse(expires_at);
      if (expiresAt !== null && !(expiresAt > now))
        throw invalid.saying('expires_at must be in the future')({ field: 'expires_at' });
      return units.run('create announcement', async ({ db, emit }) => {
        const actor = await rights.requireLevel(db, principal, Level.Admin);
        const draft = { title, body, type, createdBy: actorId(actor), createdAt: now, expiresAt };
        const announcement = await repository.insertAnnouncement(db, draft);
        const presented = presentAnnouncement(announcement);
        const metadata = { title, body, type, expires_at: presented.expires_at };
        await audit.record(db, {
          event: 'ANNOUNCEMENT_CREATE',
          entity: ['system', announcement.id],
          actor,
          metadata,
        });
        emit({ name: 'announcement.created', announcement });
        return presented;
      });
    },

    async delete(principal: Principal, id: number): Promise<{ message: string }> {
      return units.run('delete announcement', async (unit) => {
        const actor = await rights.requireLevel(unit.db, principal, Level.Admin);
        if (!(await remove(unit, id, actor))) throw announcementErrors.notFound();
        return { message: `Announcement ${id} deleted` };
      });
    },

    /** Deletes expired announcements. True when there may be more. */
    async deleteExpired(): Promise<boolean> {
      const expired = await repository.listExpired(read, clock.now(), EXPIRED_AT_ONCE);
      if (expired.length === 0) return false;
      await units.run('delete expired announcements', async (unit) => {
        for (const { id } of expired) await remove(unit, id, SYSTEM);
      });
      return expired.length === EXPIRED_AT_ONCE;
    },
  };
}
