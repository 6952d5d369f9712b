import type { Clock } from '../../../core/clock.ts';
import { Level, type Principal, personOfUser } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { ChatsEvent } from '../../chats/chats/chats.events.ts';
import type { Removal } from '../../chats/clearing/removal.service.ts';
import type { DirectEvent } from '../../chats/direct/direct.events.ts';
import type { Direct } from '../../chats/direct/direct.service.ts';
import type { E2eeEvent } from '../../chats/keys/keys.events.ts';
import type { Membership } from '../../chats/membership/membership.service.ts';
import type { MessagesEvent } from '../../chats/messages/messages.events.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { LoginCodes } from '../../people/auth/login-codes.service.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { Sessions } from '../../people/sessions/sessions.service.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import * as remains from './account-deletion.repository.ts';

type Event = ChatsEvent | DirectEvent | E2eeEvent | MessagesEvent | SessionsEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Event>, 'run'>;
  clock: Clock;
  audit: Audit;
  rights: Pick<Rights, 'requireOutranks' | 'requireOtherOwner'>;
  sessions: Pick<Sessions, 'endAll'>;
  loginCodes: Pick<LoginCodes, 'forgetOf'>;
  membership: Pick<Membership, 'putOut'>;
  removal: Pick<Removal, 'clearOfUser'>;
  direct: Pick<Direct, 'endAllOf'>;
};

/** A few milliseconds of work per unit. */
const CLEARED_AT_ONCE = 500;

export type AccountDeletion = ReturnType<typeof createAccountDeletion>;

/**
 * Deletes accounts. One unit hides the account, its chats and its bots and ends its sessions. Then each chat the user was in
 * gets a new key. A job deletes the rest in small steps and continues after a crash.
 */
export function createAccountDeletion({
  read,
  units,
  clock,
  audit,
  rights,
  sessions,
  loginCodes,
  membership,
  removal,
  direct,
}: Deps) {
  /** Hides the account with its chats and bots. The rest follows in steps. */
  async function hide(unit: Unit<Event>, { actor, target }: Outranks): Promise<UserRow> {
    const { db, emit } = unit;
    const { id: userId, username } = target;
    await rights.requireOtherOwner(db, target);
    const now = clock.now();
    // The sealed keys stay until the chats have new ones: they tell which chats those are.
    await sessions.endAll(unit, userId, 'destroyed', { keepKeys: true });
    await direct.endAllOf(unit, personOfUser(userId), 'left');
    await loginCodes.forgetOf(db, userId);
    await remains.deleteIdentities(db, userId);
    await remains.hideUser(db, userId, now);
    await audit.record(db, { event: 'USER_DELETE', entity: ['user', userId], actor, metadata: { username } });
    for (const { id, name } of await remains.hideOwnedChats(db, userId, now)) {
      await audit.record(db, {
        event: 'CHAT_DELETE',
        entity: ['chat', id],
        actor,
        metadata: { name, owner_id: userId },
      });
      emit({ name: 'chat.deleted', chatId: id });
    }
    for (const { id, name } of await remains.silenceOwnedBots(db, userId))
      await audit.record(db, { event: 'BOT_DELETE', entity: ['bot', id], actor, metadata: { name, owner_id: userId } });
    return target;
  }

  /** Removes the user from every chat as a kick does, with a new key that their devices never see. */
  async function leaveChats(userId: number): Promise<void> {
    for (const chatId of await remains.listFrequented(read, userId)) {
      await units.run('leave for good', async (unit) => {
        await membership.putOut(unit, { chatId, userId, by: 'rule', how: 'kick', reason: null, rekey: 'always' });
      });
    }
  }

  async function clear(userId: number): Promise<void> {
    await leaveChats(userId);
    await removal.clearOfUser(userId);
    while (await units.run('clear user', ({ db }) => remains.clearSome(db, userId, CLEARED_AT_ONCE)))
      await Bun.sleep(1);
    await units.run('remove user', ({ db }) => remains.removeUser(db, userId));
  }

  return {
    /** Deletes a user. Throws 400 on oneself, 403, and 409 for the last Owner. */
    async delete(actor: Principal, userId: number): Promise<UserRow> {
      const row = await units.run('delete user', async (unit) => {
        const rule = { level: Level.Admin, self: sanctionErrors.self };
        return hide(unit, await rights.requireOutranks(unit.db, actor, userId, rule));
      });
      await leaveChats(userId);
      return row;
    },

    /** Deletes the traces of deleted users, in steps so that nobody waits. */
    async clearDeleted(): Promise<void> {
      for (let ids = await remains.listHidden(read); ids.length > 0; ids = await remains.listHidden(read))
        for (const id of ids) await clear(id);
    },
  };
}
