import type { DepsOf, Module } from '../../module.ts';
import { listIdentities, updateIdentity } from '../users/users.repository.ts';
import { type BotManagement, createBotManagement } from './bot-management.service.ts';
import { botActivityWriter } from './bots.jobs.ts';
import { botsRoutes } from './bots.routes.ts';
import { type Bots, createBots } from './bots.service.ts';
import { ownBotRoutes } from './own-bot.routes.ts';
import { createOwnBot, type OwnBot } from './own-bot.service.ts';

type BotsDeps = DepsOf<typeof createBots>;
type Deps = Omit<BotsDeps, 'limits'> &
  Omit<DepsOf<typeof createBotManagement>, 'bots'> &
  Omit<DepsOf<typeof createOwnBot>, 'bots' | 'listIdentities' | 'updateIdentity'> & {
    config: { limits: BotsDeps['limits'] };
  };

export function botsModule(deps: Deps): Module<{ bots: Bots; botManagement: BotManagement; ownBot: OwnBot }> {
  const bots = createBots({ ...deps, limits: deps.config.limits });
  const botManagement = createBotManagement({ ...deps, bots });
  const ownBot = createOwnBot({ ...deps, bots, listIdentities, updateIdentity });
  return {
    services: { bots, botManagement, ownBot },
    routes: ({ access }) => [botsRoutes({ access, bots }), ownBotRoutes({ access, ownBot })],
    jobs: [botActivityWriter(bots)],
    stop: () => bots.writeActivity(),
  };
}
