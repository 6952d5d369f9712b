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
  'Everybody sees the first four fields. Admins and above who may act on the user, and the user, see all that is on record.';

export const profilesRoutes = ({ access, users, profiles }: Deps) =>
  new Elysia({ name: 'users', prefix: '/v1/users', tags: ['Users'] })
    .use(access)
    .get('/me', ({ principal }) => users.me(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: Profile },
      detail: describe({ operationId: 'getMe', summary: 'Your own profile' }),
    })
    .post('/me/update', ({ principal, body }) => users.updateMe(principal, body), {
      signedIn: 'AUTH',
      body: UpdateProfileBody,
      response: { 200: UpdatedProfile },
      detail: describe({
        operationId: 'updateMe',
        needsField: true,
        summary: 'Change your name or picture',
        description: 'Each field stands alone: what is refused is named in `errors`, the rest is done.',
        fails: [badRequest],
        example: { username: 'ada', avatar_source: 'discord_2' },
      }),
    })
    .get('/me/chats', async ({ principal, set }) => bareList(whole(await profiles.ownChats(principal)), set), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: Type.Array(OwnedChat) },
      detail: describe({ operationId: 'listMyChats', summary: 'The group chats that you own' }),
    })
    .get('/me/subscription', ({ principal }) => profiles.ownSubscription(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: OwnSubscription },
      detail: describe({ operationId: 'getMySubscription', summary: 'Your tier, and how it came about' }),
    })
    .get(
      '/me/punishments',
      async ({ principal, query, set }) => bareList(await profiles.ownPunishments(principal, query), set),
      {
        signedInWhileTimedOut: 'AUTH',
        query: PunishmentsQuery,
        response: { 200: Type.Array(Punishment) },
        detail: describe({ operationId: 'listMyPunishments', summary: 'What has been done to you, newest first' }),
      },
    )
    .get('/search', ({ principal, query }) => profiles.search(principal, query), {
      signedIn: 'AUTH',
      query: SearchQuery,
      response: { 200: FoundUsers },
      detail: describe({
        operationId: 'searchUsers',
        summary: 'Find users by name or id',
        description:
          'By id; those whose names begin with one or two characters, by name. Admins and above find only users on whom they ' +
          'can act, and see all that is on record. More than 10,100 are not counted.',
        fails: [userErrors.filtersAreForStaff],
      }),
    })
    .get('/profile/:username', ({ principal, params }) => profiles.byName(principal, params.username), {
      signedIn: 'AUTH',
      params: UsernameParams,
      response: { 200: UserView },
      detail: describe({
        operationId: 'getUserByName',
        summary: 'A user, by name',
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
        summary: 'A user, by id',
        description: TWO_VIEWS,
        fails: [userErrors.notFound],
      }),
    });
