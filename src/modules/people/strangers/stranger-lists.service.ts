import { type Clock, isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import { levelRequired } from '../../../core/errors.ts';
import { hasLevel, Level, type Principal, personOfStranger, strangerSessionOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Online } from '../../../ports/online.ts';
import type { StrangerActivity } from './activity.ts';
import { listBlocks } from './stranger-blocks.repository.ts';
import type { ListedStranger, StrangersQuery } from './strangers.model.ts';
import { listStrangers } from './strangers.repository.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  online: Pick<Online, 'listStrangers'>;
  strangerActivity: Pick<StrangerActivity, 'stateOf' | 'peopleInTalks'>;
};

export type StrangerLists = ReturnType<typeof createStrangerLists>;

/** The moderators' view of strangers. */
export function createStrangerLists({ read, clock, online, strangerActivity }: Deps) {
  return {
    /** Those who are online, in the order in which they came, then others whose talk is still kept. */
    async list(
      actor: Principal,
      { offset, limit }: StrangersQuery,
    ): Promise<{ items: ListedStranger[]; total: number }> {
      if (!hasLevel(actor, Level.Moderator)) throw levelRequired(Level.Moderator)();
      const people = new Set([...(await online.listStrangers()), ...(await strangerActivity.peopleInTalks())]);
      const all = [...people].flatMap((person) => strangerSessionOf(person) ?? []);
      const ids = all.slice(offset, offset + limit);
      const rows = new Map((await listStrangers(read, ids)).map((row) => [row.sessionId, row]));
      const blocks = new Map((await listBlocks(read, ids, clock.now())).map((block) => [block.sessionId, block]));
      const items: ListedStranger[] = [];
      for (const id of ids) {
        const row = rows.get(id);
        if (!row) continue;
        const { state, since } = (await strangerActivity.stateOf(personOfStranger(id))) ?? idleSince(row.createdAt);
        const block = blocks.get(id);
        items.push({
          signature: row.signature,
          alias: row.alias,
          country_code: row.countryCode,
          state,
          since: isoTime(since),
          blocked: block ? { until: isoTimeOrNull(block.endsAt), reason: block.reason } : null,
        });
      }
      return { items, total: all.length };
    },
  };
}

const idleSince = (since: number) => ({ state: 'idle', since }) as const;
