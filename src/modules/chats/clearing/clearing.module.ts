import { createDueTimer, type DueTimer } from '../../../core/due-timer.ts';
import type { DepsOf, Module } from '../../module.ts';
import { type ChatDeletion, createChatDeletion } from './chat-deletion.service.ts';
import { clearedPurge, deletedChatsPurge, wipeCheck } from './clearing.jobs.ts';
import { planWipes } from './clearing.realtime.ts';
import { type Clearing, createClearing } from './clearing.service.ts';
import { removalRoutes } from './removal.routes.ts';
import { createRemoval, type Removal } from './removal.service.ts';

type Deps = DepsOf<typeof createClearing> &
  DepsOf<typeof createRemoval> &
  DepsOf<typeof createChatDeletion> &
  Pick<DepsOf<typeof createDueTimer>, 'timers' | 'logger'>;

type Services = { clearing: Clearing; removal: Removal; chatDeletion: ChatDeletion; wipeTimer: DueTimer };

export function clearingModule(deps: Deps): Module<Services> {
  const clearing = createClearing(deps);
  const removal = createRemoval(deps);
  const chatDeletion = createChatDeletion(deps);
  const wipeTimer = createDueTimer({
    timers: deps.timers,
    logger: deps.logger,
    work: 'wiping',
    nextDue: clearing.nextWipe,
    run: clearing.wipeDue,
  });
  return {
    services: { clearing, removal, chatDeletion, wipeTimer },
    routes: ({ access }) => [removalRoutes({ access, removal, clearing })],
    listen: (events) => planWipes({ events: events.only(), wipeTimer }),
    jobs: [deletedChatsPurge(chatDeletion), clearedPurge(clearing), wipeCheck(wipeTimer)],
    start: () => wipeTimer.plan(),
    stop: async () => void (await Promise.all([wipeTimer.stop(), clearing.stop()])),
  };
}
