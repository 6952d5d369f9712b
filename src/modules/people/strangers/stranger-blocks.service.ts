import { isPublicAddress, networkOf } from '../../../core/addresses.ts';
import { type Clock, isoTimeOrNull } from '../../../core/clock.ts';
import { DAY_MS, SECOND_MS } from '../../../core/durations.ts';
import { actorId, type Guest, Level, type Principal, personOfStranger } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Rights } from '../users/rights.service.ts';
import * as repository from './stranger-blocks.repository.ts';
import { strangerErrors } from './strangers.errors.ts';
import type { StrangersEvent } from './strangers.events.ts';
import type { BlockBody } from './strangers.model.ts';
import { findBySignature, findStranger } from './strangers.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<StrangersEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireLevel'>;
};

type Block = { reason: string | null; issuedById: number | null; endsAt: number | null };
type Done = Promise<{ message: string }>;

/** Addresses change hands: what is done to one person does not bar others for longer. */
const LONGEST_OF_NETWORK_MS = DAY_MS;
const OVER_AT_ONCE = 200;

export type StrangerBlocks = ReturnType<typeof createStrangerBlocks>;

/** Keeps strangers from searching: one by one, and for a while whoever comes anew from the same address. */
export function createStrangerBlocks({ read, units, clock, audit, rights }: Deps) {
  /** Blocks of the networks, for the length of `block` and no longer than a day. */
  function ofNetworks(whose: { sessionId: string } | { userId: number }, networks: Iterable<string>, block: Block) {
    const now = clock.now();
    const endsAt = Math.min(block.endsAt ?? Number.POSITIVE_INFINITY, now + LONGEST_OF_NETWORK_MS);
    return [...new Set(networks)].map((network) => ({ ...whose, ...block, network, createdAt: now, endsAt }));
  }

  return {
    /** Blocks a stranger, also one whose session has ended. Replaces a block in force. */
    async block(principal: Principal, signature: string, { reason, duration = 0 }: BlockBody): Done {
      return units.run('block stranger', async ({ db, emit }) => {
        const actor = await rights.requireLevel(db, principal, Level.Moderator);
        const found = await findBySignature(db, signature);
        if (!found) throw strangerErrors.notFound();
        const { sessionId, alias, lastNetwork } = found.stranger;
        const now = clock.now();
        const endsAt = duration === 0 ? null : now + duration * SECOND_MS;
        const block = { reason: reason?.trim() || null, issuedById: actorId(actor), endsAt };
        await repository.deleteBlocksOf(db, sessionId, now);
        const networks = [...publicNetworks([found.clientIp]), ...(lastNetwork === null ? [] : [lastNetwork])];
        await repository.insertBlocks(db, [
          { sessionId, ...block, createdAt: now },
          ...ofNetworks({ sessionId }, networks, block),
        ]);
        const metadata = { alias, reason: block.reason, expires_at: isoTimeOrNull(endsAt) };
        await audit.record(db, { event: 'STRANGER_BLOCK', entity: ['stranger', signature], actor, metadata });
        emit({ name: 'stranger.blocked', sessionId, person: personOfStranger(sessionId) });
        return { message: `Stranger ${signature} blocked` };
      });
    },

    /** Lifts a stranger's block, at their addresses too. Does nothing if none is in force. */
    async unblock(principal: Principal, signature: string): Done {
      return units.run('unblock stranger', async ({ db }) => {
        const actor = await rights.requireLevel(db, principal, Level.Moderator);
        const found = await findBySignature(db, signature);
        if (!found) throw strangerErrors.notFound();
        const { sessionId, alias } = found.stranger;
        if (await repository.deleteBlocksOf(db, sessionId, clock.now())) {
          const metadata = { alias };
          await audit.record(db, { event: 'STRANGER_UNBLOCK', entity: ['stranger', signature], actor, metadata });
        }
        return { message: `Stranger ${signature} unblocked` };
      });
    },

    /** Throws `ERR_STRANGER_BLOCKED` for a stranger who may not search from this address. Accounts are never blocked. */
    async requireNotBlocked(db: Queries, who: Pick<Guest, 'kind' | 'sessionId'>, ip: string): Promise<void> {
      if (who.kind === 'user') return;
      const now = clock.now();
      if (await repository.isStrangerBlocked(db, who.sessionId, now)) throw strangerErrors.blocked();
      const stranger = await findStranger(db, who.sessionId);
      if (!stranger) return;
      const networks = new Set([networkOf(ip), stranger.network, stranger.lastNetwork ?? stranger.network]);
      for (const network of networks)
        if (await repository.isNetworkBlocked(db, network, stranger.createdAt, now)) throw strangerErrors.blocked();
    },

    /** In the unit of a ban: blocks new strangers at the addresses of the banned user. */
    async blockAddressesOf(db: Queries, userId: number, addresses: readonly string[], block: Block): Promise<void> {
      await repository.deleteBlocksOfUser(db, userId);
      await repository.insertBlocks(db, ofNetworks({ userId }, publicNetworks(addresses), block));
    },

    /** In the unit that lifts a ban. */
    async unblockAddressesOf(db: Queries, userId: number): Promise<void> {
      await repository.deleteBlocksOfUser(db, userId);
    },

    /** Deletes blocks whose time is up. True when there may be more. */
    async deleteOver(): Promise<boolean> {
      const over = await repository.listOverBlocks(read, clock.now(), OVER_AT_ONCE);
      if (over.length === 0) return false;
      await units.run('delete stranger blocks', ({ db }) => repository.deleteBlocks(db, over));
      return over.length === OVER_AT_ONCE;
    },
  };
}

/** An address that many share, such as a proxy's, is never blocked. */
function publicNetworks(addresses: readonly string[]): string[] {
  return addresses.filter(isPublicAddress).map(networkOf);
}
