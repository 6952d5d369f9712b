import { isoTime } from '../../../core/clock.ts';
import { type AvatarAddress, presentUserWithLevel } from '../../people/users/users.presenter.ts';
import type { listMembers } from '../chats/member-lists.repository.ts';
import type { ChatMember } from './membership.model.ts';

type MemberRow = Awaited<ReturnType<typeof listMembers>>[number];

export function presentMember(member: MemberRow, isOnline: boolean, address: AvatarAddress): ChatMember {
  return {
    user: presentUserWithLevel(member, address),
    is_online: isOnline,
    joined_at: isoTime(member.joinedAt),
  };
}
