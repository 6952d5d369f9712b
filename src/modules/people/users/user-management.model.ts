import { type Static, Type } from '@sinclair/typebox';
import { UpdateProfileBody, Username } from './users.model.ts';

export const UpdateUserBody = Type.Object({
  username: Type.Optional(Username),
  avatar_source: UpdateProfileBody.properties.avatar_source,
});

export const PermissionBody = Type.Object({
  permission_level: Type.Integer({
    minimum: 0,
    maximum: 3,
    description: '0 User, 1 Moderator, 2 Admin. Owners (3) are created on the command line.',
  }),
});
export type PermissionBody = Static<typeof PermissionBody>;
