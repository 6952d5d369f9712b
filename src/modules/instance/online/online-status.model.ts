import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, Page, UserWithLevel } from '../../../wire/models.ts';

export const StatusQuery = t.Object({
  ...Page(200, 1000),
});
export type StatusQuery = Static<typeof StatusQuery>;

export const PortalStatus = Type.Object(
  {
    online: Type.Integer({ description: 'How many people are connected.' }),
    users: Type.Array(
      Type.Object({
        user: UserWithLevel,
        session_id: Type.String({ description: 'The public id of one of their sessions.' }),
      }),
      { description: 'Who they are, however many tabs they have open; whoever came first comes first.' },
    ),
    muted: Type.Boolean({ description: 'Whether you are muted in every chat.' }),
    muted_ttl: Nullable(Type.Integer({ description: 'For how many seconds more; 0: no end. Null: not muted.' })),
  },
  { title: 'PortalStatus', description: 'Who is here, and whether you may speak.' },
);
export type PortalStatus = Static<typeof PortalStatus>;
