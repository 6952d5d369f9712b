import { listOpenAmong } from '../modules/chats/chats/open-chats.repository.ts';
import { forgetSession } from '../modules/chats/keys/session-keys.repository.ts';
import { announcementsModule } from '../modules/people/announcements/announcements.module.ts';
import { auditModule } from '../modules/people/audit/audit.module.ts';
import { authModule } from '../modules/people/auth/auth.module.ts';
import { botsModule } from '../modules/people/bots/bots.module.ts';
import { notificationsModule } from '../modules/people/notifications/notifications.module.ts';
import { publicKeyModule } from '../modules/people/public-key/public-key.module.ts';
import { registrationModule } from '../modules/people/registration/registration.module.ts';
import { sanctionsModule } from '../modules/people/sanctions/sanctions.module.ts';
import { sessionsModule } from '../modules/people/sessions/sessions.module.ts';
import { strangersModule } from '../modules/people/strangers/strangers.module.ts';
import { findStranger } from '../modules/people/strangers/strangers.repository.ts';
import { subscriptionsModule } from '../modules/people/subscriptions/subscriptions.module.ts';
import { rightsModule } from '../modules/people/users/rights.module.ts';
import { usersModule } from '../modules/people/users/users.module.ts';
import { assemblyOn } from './assembly.ts';
import type { Platform } from './platform.ts';

/** Accounts: sign-in, rights, and sanctions. */
export async function assemblePeople(platform: Platform) {
  const publicKey = await publicKeyModule(platform);
  return assemblyOn({ ...platform, forgetKeys: forgetSession, listOpenChats: listOpenAmong, findStranger })
    .add(() => publicKey)
    .add(rightsModule)
    .add(auditModule)
    .add(notificationsModule)
    .add(announcementsModule)
    .add(usersModule)
    .add(sessionsModule)
    .add(strangersModule)
    .add(subscriptionsModule)
    .add(registrationModule)
    .add(sanctionsModule)
    .add(authModule)
    .add(botsModule);
}
