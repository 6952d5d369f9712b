import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import type { ChatActivityLog } from './activity.service.ts';
import { ActivityQuery, ChatActivities } from './membership.model.ts';
import type { Membership } from './membership.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  membership: Pick<Membership, 'leave'>;
  chatActivity: Pick<ChatActivityLog, 'list'>;
};

export const membershipRoutes = ({ access, membership, chatActivity }: Deps) =>
  new Elysia({ name: 'membership', prefix: '/v1/portal/chats', tags: ['Chats'] })
    .use(access)
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
