import type { DomainEvent } from '../core/events.ts';
import { browserModule } from '../modules/chats/browser/browser.module.ts';
import { chatsModule } from '../modules/chats/chats/chats.module.ts';
import { clearingModule } from '../modules/chats/clearing/clearing.module.ts';
import { controlModule } from '../modules/chats/control/control.module.ts';
import { directModule } from '../modules/chats/direct/direct.module.ts';
import { directoryModule } from '../modules/chats/directory/directory.module.ts';
import { invitesModule } from '../modules/chats/invites/invites.module.ts';
import { keysModule } from '../modules/chats/keys/keys.module.ts';
import { matchModule } from '../modules/chats/match/match.module.ts';
import { membershipModule } from '../modules/chats/membership/membership.module.ts';
import { isCrowdOf } from '../modules/chats/membership/membership.policy.ts';
import { messagesModule } from '../modules/chats/messages/messages.module.ts';
import { moderationModule } from '../modules/chats/moderation/moderation.module.ts';
import { reportsModule } from '../modules/chats/reports/reports.module.ts';
import { roomsModule } from '../modules/chats/rooms/rooms.module.ts';
import { settingsModule } from '../modules/chats/settings/settings.module.ts';
import { viewerModule } from '../modules/chats/viewer/viewer.module.ts';
import { voiceModule } from '../modules/chats/voice/voice.module.ts';
import { watchingModule } from '../modules/chats/watching/watching.module.ts';
import { assemblyOn } from './assembly.ts';
import type { assemblePeople } from './people.ts';
import type { Platform } from './platform.ts';

type People = Awaited<ReturnType<typeof assemblePeople>>['services'];

/** Tells an event at once, for what is in no unit of work. */
type Emit = { emit(event: DomainEvent): void };

/** Chats: members, messages and keys. */
export function assembleChats(base: Platform & People & Emit) {
  return assemblyOn({ ...base, isCrowdOf, findMute: base.mutes.find })
    .add(voiceModule)
    .add(chatsModule)
    .add(browserModule)
    .add(controlModule)
    .add(directoryModule)
    .add(keysModule)
    .add(messagesModule)
    .add(membershipModule)
    .add(roomsModule)
    .add(watchingModule)
    .add(invitesModule)
    .add(moderationModule)
    .add(clearingModule)
    .add(settingsModule)
    .add(directModule)
    .add(reportsModule)
    .add(matchModule)
    .add(viewerModule);
}
