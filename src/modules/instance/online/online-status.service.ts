import { type UserPrincipal, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Online } from '../../../ports/online.ts';
import { listPeople } from '../../chats/chats/members.repository.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import { type AvatarAddress, presentUserWithLevel } from '../../people/users/users.presenter.ts';
import type { PortalStatus, StatusQuery } from './online-status.model.ts';

type Deps = { read: Queries; online: Online; mutes: Pick<Mutes, 'hard'>; avatarAddress: AvatarAddress };

export type OnlineStatus = ReturnType<typeof createOnlineStatus>;

/** Who is online. */
export function createOnlineStatus({ read, online, mutes, avatarAddress }: Deps) {
  return {
    /** `online` counts everyone with an account; `users` is a page of them. */
    async status(who: UserPrincipal, { offset, limit }: StatusQuery): Promise<PortalStatus> {
      const connected = await online.listUsers(offset, limit);
      const ids = connected.flatMap(({ person }) => userIdOf(person) ?? []);
      const people = new Map((await listPeople(read, ids)).map((person) => [person.id, person]));
      const users = connected.flatMap(({ person: one, sessionId }) => {
        const person = people.get(userIdOf(one) ?? 0);
        return person ? [{ user: presentUserWithLevel(person, avatarAddress), session_id: sessionId }] : [];
      });
      const mute = await mutes.hard(read, who.userId);
      return { online: await online.countUsers(), users, muted: mute !== null, muted_ttl: mute?.ttl ?? null };
    },
  };
}
