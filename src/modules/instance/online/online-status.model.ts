import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, UserWithLevel } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

export const StatusQuery = t.Object({
  offset: WholeNumber({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'How many to skip.' }),
  limit: WholeNumber({ minimum: 1, maximum: 1000, default: 200, description: 'The most people to give.' }),
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
