import type { Clock } from '../../../core/clock.ts';
import { actorId, Level, type Principal } from '../../../core/principal.ts';
import { SECOND_MS } from '../../../core/units.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Current, Rights } from '../users/rights.service.ts';
import { userErrors } from '../users/users.errors.ts';
import * as repository from './broadcasts.repository.ts';
import type { NotificationsEvent } from './notifications.events.ts';
import type { NotificationSent, SendNotificationBody } from './notifications.model.ts';
import type { Notifications } from './notifications.service.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<NotificationsEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireLevel'>;
  notifications: Pick<Notifications, 'tell'>;
};

type Notice = Required<Pick<SendNotificationBody, 'title' | 'body' | 'type'>>;

/** Written in one unit: some milliseconds, so that whoever else writes hardly waits. */
const AT_ONCE = 200;
/** What one run of the job hands out, so that a server that stops need not wait for it. */
const STEPS_A_RUN = 50;
/** How long an answer waits for the last of the recipients. */
const PATIENCE_MS = 5 * SECOND_MS;

export type Broadcasts = ReturnType<typeof createBroadcasts>;

/**
 * Notifications to many. One to everybody is kept as a row until the last user has it: it is handed out in small steps, each
 * of which notes in its own unit how far it came, so that a server that dies goes on where it was and nobody gets it twice.
 */
export function createBroadcasts({ read, units, clock, audit, rights, notifications }: Deps) {
  async function record(db: Queries, actor: Current, notice: Notice, more: Record<string, unknown>): Promise<void> {
    const metadata = { ...notice, ...more };
    await audit.record(db, { event: 'NOTIFICATION_SEND', entity: ['system', null], actor, metadata });
  }

  async function sendToSome(principal: Principal, notice: Notice, userIds: readonly number[]): Promise<number> {
    await units.run('send notification', async (unit) => {
      const actor = await rights.requireLevel(unit.db, principal, Level.Admin);
      for (const userId of userIds) {
        if (!(await repository.isUser(unit.db, userId))) throw userErrors.notFound.saying(`No such user: ${userId}`)();
        await notifications.tell(unit, { ...notice, userId, createdBy: actorId(actor) });
      }
      await record(unit.db, actor, notice, { user_ids: userIds });
    });
    return userIds.length;
  }

  /** Hands the oldest broadcast on to some more people. False when none is under way. */
  async function deliverSome(unit: Unit<NotificationsEvent>): Promise<boolean> {
    const broadcast = await repository.findOldestBroadcast(unit.db);
    if (!broadcast) return false;
    const { id, title, body, type, createdBy, deliveredTo, lastUserId } = broadcast;
    const userIds = await repository.listUserIds(unit.db, deliveredTo, lastUserId, AT_ONCE);
    for (const userId of userIds) await notifications.tell(unit, { userId, title, body, type, createdBy });
    if (userIds.length < AT_ONCE) await repository.deleteBroadcast(unit.db, id);
    else await repository.noteDelivered(unit.db, id, userIds.at(-1) ?? lastUserId);
    return true;
  }

  async function step(): Promise<boolean> {
    const went = await units.run('deliver notification', deliverSome);
    // What else there is to do comes first.
    await Bun.sleep(1);
    return went;
  }

  async function sendToAll(principal: Principal, notice: Notice): Promise<{ id: number; people: number }> {
    return units.run('send notification to everybody', async ({ db }) => {
      const actor = await rights.requireLevel(db, principal, Level.Admin);
      const { people, lastId } = await repository.measureUsers(db);
      const broadcast = { ...notice, createdBy: actorId(actor), createdAt: clock.now(), lastUserId: lastId };
      const id = await repository.insertBroadcast(db, broadcast);
      await record(db, actor, notice, { to: 'everybody', count: people });
      return { id, people };
    });
  }

  /** Waits until all have it, but not for ever. True when all have. */
  async function delivered(id: number, patienceMs: number): Promise<boolean> {
    const until = clock.elapsed() + patienceMs;
    while (await repository.isUnderWay(read, id)) {
      if (clock.elapsed() >= until) return false;
      await step();
    }
    return true;
  }

  return {
    /**
     * Notifies these people, or everybody. Unknown people are an error, and then nobody is told. When everybody is more than
     * can be told in some seconds, the rest follows after the answer.
     */
    async send(
      actor: Principal,
      { title, body, type = 'info', user_ids }: SendNotificationBody,
      patienceMs = PATIENCE_MS,
    ): Promise<NotificationSent> {
      const notice = { title, body, type };
      if (user_ids) return sent(await sendToSome(actor, notice, [...new Set(user_ids)]), 'sent');
      const { id, people } = await sendToAll(actor, notice);
      return sent(people, (await delivered(id, patienceMs)) ? 'sent' : 'on its way');
    },

    /** Goes on with what is under way. */
    async deliver(): Promise<void> {
      for (let steps = 0; steps < STEPS_A_RUN; steps++) if (!(await step())) return;
    },
  };
}

function sent(count: number, how: 'sent' | 'on its way'): NotificationSent {
  return { message: `Notification ${how} to ${count} ${count === 1 ? 'user' : 'users'}`, count };
}
