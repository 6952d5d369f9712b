import type { DepsOf, Module } from '../../module.ts';
import { chatActivityReaper } from './activity.jobs.ts';
import { type ChatActivityLog, createChatActivityLog } from './activity.service.ts';
import { type Crowds, createCrowds } from './crowds.ts';
import { createMemberList, type MemberList } from './member-list.service.ts';
import { membershipRoutes } from './membership.routes.ts';
import { createMembership, type Membership } from './membership.service.ts';

type Deps = DepsOf<typeof createMembership> &
  DepsOf<typeof createChatActivityLog> &
  DepsOf<typeof createCrowds> &
  DepsOf<typeof createMemberList>;
type Services = { membership: Membership; chatActivity: ChatActivityLog; crowds: Crowds; memberList: MemberList };

export function membershipModule(deps: Deps): Module<Services> {
  const membership = createMembership(deps);
  const chatActivity = createChatActivityLog(deps);
  const crowds = createCrowds(deps);
  const memberList = createMemberList(deps);
  return {
    services: { membership, chatActivity, crowds, memberList },
    routes: ({ access }) => [membershipRoutes({ access, membership, chatActivity, memberList })],
    jobs: [chatActivityReaper(chatActivity)],
    start: () => membership.closeVisits(),
    silence: () => crowds.stop(),
  };
}
