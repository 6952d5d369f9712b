import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { badRequest } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList, whole } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import { Profile, UpdatedProfile, UpdateProfileBody } from '../../people/users/users.model.ts';
import type { Users } from '../../people/users/users.service.ts';
import {
  FoundUsers,
  OwnedChat,
  OwnSubscription,
  Punishment,
  PunishmentsQuery,
  SearchQuery,
  UserIdParams,
  UsernameParams,
  UserView,
} from './profiles.model.ts';
import type { Profiles } from './profiles.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; users: Users; profiles: Profiles };

const TWO_VIEWS =
  'Everyone gets the first four fields. The user, and Admins and Owners who can act on them, get the full record.';

export const profilesRoutes = ({ access, users, profiles }: Deps) =>
  new Elysia({ name: 'users', prefix: '/v1/users', tags: ['Users'] })
    .use(access)
    .get('/me', ({ principal }) => users.me(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: Profile },
      detail: describe({
        operationId: 'getMe',
        summary: 'Get your profile',
        description: 'Also available while you are timed out.',
      }),
    })
    .post('/me/update', ({ principal, body }) => users.updateMe(principal, body), {
      signedIn: 'AUTH',
      body: UpdateProfileBody,
      response: { 200: UpdatedProfile },
      detail: describe({
        operationId: 'updateMe',
        needsField: true,
        summary: 'Update your name or picture',
        description: 'Each field is applied on its own. Refused fields are listed in `errors`.',
        fails: [badRequest],
        example: { username: 'ada', avatar_source: 'discord_2' },
      }),
    })
    .get('/me/chats', async ({ principal, set }) => bareList(whole(await profiles.ownChats(principal)), set), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: Type.Array(OwnedChat) },
      detail: describe({
        operationId: 'listMyChats',
        summary: 'List the group chats you own',
        description: 'Chats you have joined are in `/v1/portal/chats`.',
      }),
    })
    .get('/me/subscription', ({ principal }) => profiles.ownSubscription(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: OwnSubscription },
      detail: describe({
        operationId: 'getMySubscription',
        summary: 'Get your subscription and its history',
        description: 'Also available while you are timed out.',
      }),
    })
    .get(
      '/me/punishments',
      async ({ principal, query, set }) => bareList(await profiles.ownPunishments(principal, query), set),
      {
        signedInWhileTimedOut: 'AUTH',
        query: PunishmentsQuery,
        response: { 200: Type.Array(Punishment) },
        detail: describe({
          operationId: 'listMyPunishments',
          summary: 'List moderation actions against you, newest first',
          description:
            'Platform-wide and per-chat actions, also those that have ended. Also available while you are timed out.',
        }),
      },
    )
    .get('/search', ({ principal, query }) => profiles.search(principal, query), {
      signedIn: 'AUTH',
      query: SearchQuery,
      response: { 200: FoundUsers },
      detail: describe({
        operationId: 'searchUsers',
        summary: 'Search users by name or id',
        description:
          'Ordered by id, or by name for a query of one or two characters. Admins and Owners find only users they can act on, and ' +
          'get full views. `total` is capped at 10,100.',
        fails: [userErrors.filtersAreForStaff],
      }),
    })
    .get('/profile/:username', ({ principal, params }) => profiles.byName(principal, params.username), {
      signedIn: 'AUTH',
      params: UsernameParams,
      response: { 200: UserView },
      detail: describe({
        operationId: 'getUserByName',
        summary: 'Get a user by name',
        description: TWO_VIEWS,
        fails: [userErrors.notFound],
      }),
    })
    .get('/:user_id', ({ principal, params }) => profiles.byId(principal, params.user_id), {
      reader: 'PUBLIC',
      params: UserIdParams,
      response: { 200: UserView },
      detail: describe({
        operationId: 'getUser',
        summary: 'Get a user by id',
        description: TWO_VIEWS,
        fails: [userErrors.notFound],
      }),
    });
