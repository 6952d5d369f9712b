import { Elysia } from 'elysia';
import { badRequest } from '../../../core/errors.ts';
import type { Level } from '../../../core/principal.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { PermissionBody, UpdateUserBody } from '../../people/users/user-management.model.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { AccountDeletion } from '../accounts/account-deletion.service.ts';
import type { AccountLevels } from '../accounts/account-levels.service.ts';
import { UserIdParams } from '../profiles/profiles.model.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  users: Users;
  accountLevels: AccountLevels;
  accountDeletion: AccountDeletion;
};

const LEVEL_WORDS = ['a User', 'a Moderator', 'an Admin', 'an Owner'];

export const adminUsersRoutes = ({ access, users, accountLevels, accountDeletion }: Deps) =>
  new Elysia({ name: 'admin-users', prefix: '/v1/admin/users/:user_id', tags: ['Admin'] })
    .use(access)
    .post(
      '/update',
      async ({ principal, params: { user_id }, body }) => {
        await users.update(principal, user_id, body);
        return { message: `User ${user_id} updated` };
      },
      {
        admin: 'ADMIN',
        params: UserIdParams,
        body: UpdateUserBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'updateUser',
          needsField: true,
          summary: 'Change a user’s name or picture',
          description: 'Applies all changes or none.',
          fails: [badRequest, userErrors.notFound, userErrors.outranked, userErrors.usernameTaken],
          example: { username: 'ada' },
        }),
      },
    )
    .post(
      '/delete',
      async ({ principal, params: { user_id } }) => {
        await accountDeletion.delete(principal, user_id);
        return { message: `User ${user_id} deleted` };
      },
      {
        admin: 'ADMIN',
        params: UserIdParams,
        response: { 200: Done },
        detail: describe({
          operationId: 'deleteUser',
          summary: 'Delete an account and everything it owns',
          description:
            'Their sessions, keys, chats and bots are gone at once, and the name is free; messages follow within seconds. Chats ' +
            'that they were in get a new key. Audit entries stay.',
          fails: [sanctionErrors.self, userErrors.notFound, userErrors.outranked, userErrors.lastOwner],
        }),
      },
    )
    .post(
      '/permission',
      async ({ principal, params: { user_id }, body }) => {
        const { permissionLevel } = await accountLevels.set(principal, user_id, body.permission_level as Level);
        return { message: `User ${user_id} is now ${LEVEL_WORDS[permissionLevel]}` };
      },
      {
        admin: 'ADMIN',
        params: UserIdParams,
        body: PermissionBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'setUserPermission',
          summary: 'Set a user’s permission level',
          description:
            'Admins can take Moderator away; Owners can grant levels up to Admin, and act on other Owners. It counts at the next ' +
            'request and the next event of an open socket. Open sessions of a new Admin are limited to one day.',
          fails: [userErrors.notFound, userErrors.outranked, userErrors.levelTooHigh, userErrors.lastOwner],
          example: { permission_level: 1 },
        }),
      },
    );
