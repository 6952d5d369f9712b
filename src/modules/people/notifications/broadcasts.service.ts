import type { Clock } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { actorId, Level, type Principal } from '../../../core/principal.ts';
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

/** Recipients per unit: a few milliseconds, so other writers hardly wait. */
const AT_ONCE = 200;
/** Steps per run of the job, so that shutdown does not wait for it. */
const STEPS_A_RUN = 50;
/** How long a response waits for delivery to finish. */
const PATIENCE_MS = 5 * SECOND_MS;

export type Broadcasts = ReturnType<typeof createBroadcasts>;

/**
 * Notifications to many users. A broadcast is stored until its last recipient has it. It is delivered in small steps, each
 * recording its progress in its own unit, so that after a crash it continues and nobody gets it twice.
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

  /** Delivers the oldest broadcast to a few more users. False when none is pending. */
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
    // Lets other work run in between.
    await Bun.sleep(1);
    return went;
  }

  async function sendToAll(principal: Principal, notice: Notice): Promise<{ id: number; people: number }> {
    return units.run('send notification to everyone', async ({ db }) => {
      const actor = await rights.requireLevel(db, principal, Level.Admin);
      const { people, lastId } = await repository.measureUsers(db);
      const broadcast = { ...notice, createdBy: actorId(actor), createdAt: clock.now(), lastUserId: lastId };
      const id = await repository.insertBroadcast(db, broadcast);
      await record(db, actor, notice, { to: 'everybody', count: people });
      return { id, people };
    });
  }

  /** Delivers until everyone has it or patience runs out. True when everyone has. */
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
     * Notifies these users, or everyone. An unknown user is an error, and nobody is notified. A broadcast that takes longer
     * than `patienceMs` continues after the response.
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

    /** Continues pending broadcasts. */
    async deliver(): Promise<void> {
      // Asked every second: nothing pending costs no transaction.
      if (!(await repository.findOldestBroadcast(read))) return;
      for (let steps = 0; steps < STEPS_A_RUN; steps++) if (!(await step())) return;
    },
  };
}

function sent(count: number, how: 'sent' | 'on its way'): NotificationSent {
  return { message: `Notification ${how} to ${count} ${count === 1 ? 'user' : 'users'}`, count };
}
