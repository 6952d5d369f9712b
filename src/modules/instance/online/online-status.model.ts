import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, Page, UserWithLevel } from '../../../wire/models.ts';

export const StatusQuery = t.Object({
  ...Page(200, 1000),
});
export type StatusQuery = Static<typeof StatusQuery>;

export const PortalStatus = Type.Object(
  {
    online: Type.Integer({ description: 'The number of people with an account who are online.' }),
    users: Type.Array(
      Type.Object({
        user: UserWithLevel,
        session_id: Type.String({ description: 'The public id of one of their sessions.' }),
      }),
      { description: 'One entry per person, however many tabs they have open; earliest first.' },
    ),
    muted: Type.Boolean({ description: 'Whether you are muted in every chat.' }),
    muted_ttl: Nullable(Type.Integer({ description: 'Seconds left, 0 for no end; null if not muted.' })),
  },
  { title: 'PortalStatus', description: 'Who is online, and whether you are muted.' },
);
export type PortalStatus = Static<typeof PortalStatus>;
