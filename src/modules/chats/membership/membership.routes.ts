import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import type { ChatActivityLog } from './activity.service.ts';
import type { MemberList } from './member-list.service.ts';
import { ActivityQuery, ChatActivities, ChatMembers, MembersQuery } from './membership.model.ts';
import type { Membership } from './membership.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  membership: Pick<Membership, 'leave'>;
  chatActivity: Pick<ChatActivityLog, 'list'>;
  memberList: Pick<MemberList, 'list'>;
};

export const membershipRoutes = ({ access, membership, chatActivity, memberList }: Deps) =>
  new Elysia({ name: 'membership', prefix: '/v1/portal/chats', tags: ['Chats'] })
    .use(access)
    .get('/:chat_id/members', ({ principal, params, query }) => memberList.list(principal, params.chat_id, query), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      query: MembersQuery,
      response: { 200: ChatMembers },
      detail: describe({
        operationId: 'listChatMembers',
        summary: 'List the members of a chat',
        description:
          'In the order of joining, whether or not they are there; without the owner. In official and public chats anyone can be in the room without being a member.',
        fails: [chatErrors.notFound, chatErrors.direct, chatErrors.banned],
      }),
    })
    .get('/:chat_id/activity', ({ principal, params, query }) => chatActivity.list(principal, params.chat_id, query), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      query: ActivityQuery,
      response: { 200: ChatActivities },
      detail: describe({
        operationId: 'listChatActivity',
        summary: 'List who joined and left a chat',
        description:
          'Newest first. For the owner, for staff above the owner in official and public chats, and for Admins and above in private ones. Entries older than 90 days may be missing.',
        fails: [chatErrors.notFound, chatErrors.direct, chatErrors.banned, chatErrors.notManager],
      }),
    })
    .post('/:chat_id/leave', ({ principal, params }) => membership.leave(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'leaveChat',
        summary: 'Leave a chat',
        description:
          'Ends your membership and removes your keys. The owner cannot leave: delete the chat or hand it over.',
        fails: [
          chatErrors.notFound,
          chatErrors.direct,
          chatErrors.banned,
          chatErrors.ownerCannotLeave,
          chatErrors.notMember,
        ],
      }),
    });
