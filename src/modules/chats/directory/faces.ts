import { userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import { listMembers } from '../chats/member-lists.repository.ts';
import { listPeople } from '../chats/members.repository.ts';
import { MOST_FACES } from './chat-lists.model.ts';

type Deps = { read: Queries; presence: Pick<Presence, 'firstPeopleOfEach'>; avatarAddress: AvatarAddress };

/** What decides whose faces a chat has. */
type Shown = { id: number; chatType: 'group' | 'direct'; visibility: string; ownerId: number | null };
type Face = ReturnType<typeof presentUser>;
type Known = Map<number, Face>;

export type Faces = ReturnType<typeof createFaces>;

/** A few people who stand for a chat in a list. */
export function createFaces({ read, presence, avatarAddress }: Deps) {
  /** The accounts of people who are there, each looked up once. */
  async function learn(known: Known, ids: readonly number[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !known.has(id));
    for (const person of await listPeople(read, missing)) known.set(person.id, presentUser(person, avatarAddress));
  }

  /** Fills up with members, in the order of joining. */
  async function withMembers({ id, ownerId }: Shown, faces: readonly Face[]): Promise<Face[]> {
    const members = await listMembers(read, id, ownerId, { limit: MOST_FACES });
    const others = members.filter((member) => !faces.some((face) => face.id === member.id));
    return [...faces, ...others.map((member) => presentUser(member, avatarAddress))].slice(0, MOST_FACES);
  }

  return {
    /**
     * At most four of each chat. In open chats, those who are in the room, longest there first, then members. In private ones
     * members alone, so that nothing tells who is there; in direct ones none, since the two are anonymous.
     */
    async ofEach(chats: readonly Shown[]): Promise<Face[][]> {
      const open = chats.filter(({ visibility }) => visibility !== 'private');
      const present = await presence.firstPeopleOfEach(
        open.map(({ id }) => id),
        MOST_FACES,
      );
      const idsOf = new Map(
        open.map(({ id }, index) => [id, present[index]?.flatMap((one) => userIdOf(one) ?? []) ?? []]),
      );
      const known: Known = new Map();
      await learn(known, [...idsOf.values()].flat());
      const found: Face[][] = [];
      for (const chat of chats) {
        const here = (idsOf.get(chat.id) ?? []).flatMap((id) => known.get(id) ?? []);
        const isFull = here.length >= MOST_FACES || chat.chatType === 'direct';
        found.push(isFull ? here : await withMembers(chat, here));
      }
      return found;
    },
  };
}
