import { createDueTimer, type DueTimer } from '../../../core/due-timer.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { DepsOf, Module } from '../../module.ts';
import type { StrangerActivity } from '../../people/strangers/activity.ts';
import type { DirectPeople } from '../voice/voice.ts';
import { settleCheck } from './direct.jobs.ts';
import { fanOutDirect } from './direct.realtime.ts';
import { createDirect, type Direct } from './direct.service.ts';
import { createPeers, type Peers } from './peers.ts';

type Deps = DepsOf<typeof createDirect> &
  Omit<DepsOf<typeof createPeers>, 'direct' | 'graceMs'> &
  Omit<DepsOf<typeof fanOutDirect>, 'events' | 'direct' | 'peers' | 'planned'> & {
    config: { match: { peerGraceSeconds: number } };
    directPeople: Pick<DirectPeople, 'everyone'>;
    strangerActivity: Pick<StrangerActivity, 'add'>;
  };

type Services = { direct: Direct; peers: Peers; directTimer: DueTimer };

export function directModule(deps: Deps): Module<Services> {
  const direct = createDirect(deps);
  const peers = createPeers({ ...deps, direct, graceMs: deps.config.match.peerGraceSeconds * SECOND_MS });
  const directTimer = createDueTimer({
    timers: deps.timers,
    logger: deps.logger,
    work: 'ending direct chats',
    nextDue: direct.nextDue,
    run: direct.settleDue,
  });
  deps.strangerActivity.add({
    isBusy: async (person) => (await direct.listLive(person)).length > 0,
    async stateOf(person) {
      const since = await direct.matchedSince(person);
      return since === undefined ? undefined : { state: 'matched', since };
    },
    peopleInTalks: deps.directPeople.everyone,
  });
  return {
    services: { direct, peers, directTimer },
    listen: (events) => fanOutDirect({ ...deps, direct, peers, planned: directTimer.plan, events: events.only() }),
    jobs: [settleCheck(directTimer)],
    async start() {
      peers.expect(await direct.load());
      await directTimer.plan();
    },
    silence: () => peers.stop(),
    stop: () => directTimer.stop(),
  };
}
