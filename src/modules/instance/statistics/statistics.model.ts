import { type Static, Type } from '@sinclair/typebox';
import { Time } from '../../../wire/models.ts';

const Count = Type.Integer({ minimum: 0 });

export const UserStatistics = Type.Object(
  { total_count: Count, basic_count: Count, trial_count: Count, premium_count: Count, lifetime_count: Count },
  { title: 'UserStatistics', description: 'The number of accounts, by tier.' },
);
export type UserStatistics = Static<typeof UserStatistics>;

export const BotStatistics = Type.Object(
  { total_count: Count, official_count: Count, verified_count: Count, community_count: Count },
  { title: 'BotStatistics', description: 'The number of registered bots, by type.' },
);
export type BotStatistics = Static<typeof BotStatistics>;

export const ChatStatistics = Type.Object(
  { total_count: Count, public_count: Count, private_count: Count },
  {
    title: 'ChatStatistics',
    description: 'The number of chats. Official chats count as public; direct chats are not counted.',
  },
);
export type ChatStatistics = Static<typeof ChatStatistics>;

export const AppStatistics = Type.Object(
  {
    application_name: Type.String(),
    version: Type.String(),
    users: UserStatistics,
    bots: BotStatistics,
    chats: ChatStatistics,
    started_at: Time(),
  },
  { title: 'AppStatistics', description: 'All statistics of the instance.' },
);
export type AppStatistics = Static<typeof AppStatistics>;
