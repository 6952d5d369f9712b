import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import {
  ActionsQuery,
  BanBody,
  ModerationActions,
  PunishParams,
  TimeoutBody,
  UnbanBody,
  WarnBody,
} from '../../people/sanctions/platform-moderation.model.ts';
import type { PlatformModeration } from '../../people/sanctions/platform-moderation.service.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { userErrors } from '../../people/users/users.errors.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; platformModeration: PlatformModeration };

const targeted = [sanctionErrors.self, userErrors.outranked, userErrors.notFound];

export const adminModerationRoutes = ({ access, platformModeration }: Deps) =>
  new Elysia({ name: 'admin-moderation', prefix: '/v1/admin', tags: ['Admin'] })
    .use(access)
    .post(
      '/users/:user_id/ban',
      ({ principal, params, body }) => platformModeration.ban(principal, params.user_id, body),
      {
        admin: 'ADMIN',
        params: PunishParams,
        body: BanBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'banUser',
          summary: 'Ban a user',
          description: 'Ends their sessions and sockets at once. With `expires_at` the ban ends by itself.',
          fails: [...targeted, userErrors.lastOwner],
          example: { reason: 'Spam', expires_at: '2030-01-01T00:00:00Z' },
        }),
      },
    )
    .post(
      '/users/:user_id/unban',
      ({ principal, params, body }) => platformModeration.unban(principal, params.user_id, body.reason),
      {
        admin: 'ADMIN',
        params: PunishParams,
        body: UnbanBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'unbanUser',
          summary: 'Lift a ban or timeout',
          description: 'Does nothing if neither is in force.',
          fails: targeted,
          example: { reason: 'Mistaken identity' },
        }),
      },
    )
    .post(
      '/users/:user_id/warn',
      ({ principal, params, body }) => platformModeration.warn(principal, params.user_id, body),
      {
        mod: 'ADMIN',
        params: PunishParams,
        body: WarnBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'warnUser',
          summary: 'Warn a user',
          description: 'Adds a warning to their record and notifies them.',
          fails: targeted,
          example: { reason: 'Keep it civil' },
        }),
      },
    )
    .post(
      '/users/:user_id/timeout',
      ({ principal, params, body }) => platformModeration.timeout(principal, params.user_id, body),
      {
        mod: 'ADMIN',
        params: PunishParams,
        body: TimeoutBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'timeOutUser',
          summary: 'Time a user out',
          description:
            'Disconnects their sockets. They stay signed in and can read their profile and notifications. Moderators can set at ' +
            'most 30 days.',
          fails: [...targeted, sanctionErrors.alreadyBanned, sanctionErrors.endsEarlier, userErrors.lastOwner],
          example: { reason: 'Cool down', expires_at: '2030-01-01T00:00:00Z' },
        }),
      },
    )
    .get('/moderation', ({ principal, query }) => platformModeration.list(principal, query), {
      mod: 'ADMIN',
      query: ActionsQuery,
      response: { 200: ModerationActions },
      detail: describe({
        operationId: 'listModerationActions',
        summary: 'List moderation actions, newest first',
        description:
          'Platform-wide warnings, timeouts and bans; bans, mutes and kicks in chats. Moderators get neither the chat nor the ' +
          'reason where the chat is private.',
      }),
    });
