import { aboutModule } from '../modules/instance/about/about.module.ts';
import { accountsModule } from '../modules/instance/accounts/accounts.module.ts';
import { adminModule } from '../modules/instance/admin/admin.module.ts';
import { chatManagementModule } from '../modules/instance/chat-management/chat-management.module.ts';
import type { Metrics } from '../modules/instance/monitoring/metrics.ts';
import { monitoringModule } from '../modules/instance/monitoring/monitoring.module.ts';
import { onlineModule } from '../modules/instance/online/online.module.ts';
import { profilesModule } from '../modules/instance/profiles/profiles.module.ts';
import { statisticsModule } from '../modules/instance/statistics/statistics.module.ts';
import { assemblyOn } from './assembly.ts';
import type { assembleChats } from './chats.ts';
import type { assemblePeople } from './people.ts';
import type { Platform } from './platform.ts';

type Below = Awaited<ReturnType<typeof assemblePeople>>['services'] & ReturnType<typeof assembleChats>['services'];
type Figures = {
  metrics: Metrics;
  databaseStats(): { sizeBytes: number; pendingUnits: number };
  databaseProblem(): Promise<string | undefined>;
  /** Counts of what is held in memory. */
  liveStats(): Promise<{ keys: number; sockets: number }>;
};

/** The instance as a whole: what staff and operators see and do across people and chats. */
export function assembleInstance(platform: Platform & Below & Figures) {
  return assemblyOn(platform)
    .add(monitoringModule)
    .add(statisticsModule)
    .add(profilesModule)
    .add(onlineModule)
    .add(aboutModule)
    .add(accountsModule)
    .add(chatManagementModule)
    .add(adminModule);
}
