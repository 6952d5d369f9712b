import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { inviteErrors } from './invites.errors.ts';
import {
  CreateInviteBody,
  Invite,
  InviteParams,
  Invites,
  LinkTarget,
  Resolved,
  ResolveParams,
} from './invites.model.ts';
import type { Invites as InvitesService } from './invites.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; invites: InvitesService };

const managed = [chatErrors.notFound, chatErrors.direct, chatErrors.banned, chatErrors.notManager];

export const invitesRoutes = ({ access, invites }: Deps) =>
  new Elysia({ name: 'invites', prefix: '/v1/portal', tags: ['Invites'] })
    .use(access)
    .post(
      '/chats/:chat_id/invites',
      ({ principal, params, body }) => invites.create(principal, params.chat_id, body ?? {}),
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        body: CreateInviteBody,
        response: { 200: Invite },
        detail: describe({
          operationId: 'createInvite',
          summary: 'Create an invite',
          description: 'Without `expires_at` or `max_uses` it never expires. A chat can have 20 live invites.',
          fails: [...managed, inviteErrors.quota],
          example: { max_uses: 1, expires_at: '2030-01-01T00:00:00Z' },
        }),
      },
    )
    .get('/chats/:chat_id/invites', ({ principal, params }) => invites.list(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Invites },
      detail: describe({
        operationId: 'listInvites',
        summary: 'List a chat’s live invites',
        description: 'Expired and used-up invites are left out.',
        fails: managed,
      }),
    })
    .post(
      '/chats/:chat_id/invites/:code/delete',
      ({ principal, params }) => invites.delete(principal, params.chat_id, params.code),
      {
        signedIn: 'AUTH',
        params: InviteParams,
        response: { 200: Done },
        detail: describe({
          operationId: 'deleteInvite',
          summary: 'Revoke an invite',
          description: 'People who joined with it stay members.',
          fails: [...managed, inviteErrors.notFound],
        }),
      },
    )
    .get('/resolve/:code', ({ principal, params }) => invites.preview(principal, params.code), {
      reader: 'PUBLIC',
      params: ResolveParams,
      response: { 200: LinkTarget },
      detail: describe({
        operationId: 'previewInvite',
        summary: 'See what an invite or slug leads to',
        description: 'Without joining: no use is counted, and nobody is told.',
        fails: [inviteErrors.invalid, chatErrors.banned],
      }),
    })
    .post('/resolve/:code', ({ principal, params }) => invites.resolve(principal, params.code), {
      signedIn: 'AUTH',
      params: ResolveParams,
      response: { 200: Resolved },
      detail: describe({
        operationId: 'resolveInvite',
        summary: 'Join a chat by invite or slug',
        description: 'An invite makes you a member and counts as one use. If you are already inside, nothing changes.',
        fails: [inviteErrors.invalid, chatErrors.banned],
      }),
    });
