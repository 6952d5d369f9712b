import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Nullable, OneOf, Statement, Time } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

const Reason = Statement({ minLength: 1, maxLength: 500 });

const TierName = OneOf(['TRIAL', 'PREMIUM', 'LIFETIME']);
const TierNumber = Type.Unsafe<1 | 2 | 3>(Type.Integer({ minimum: 1, maximum: 3, enum: [1, 2, 3] }));
export type TierName = Static<typeof TierName>;

export const GrantBody = Type.Object({
  user_id: Id('The user.'),
  tier: Type.Union([TierNumber, TierName], {
    description: '1 or `TRIAL`, 2 or `PREMIUM`, 3 or `LIFETIME`.',
  }),
  duration_days: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 3650,
      description: 'Required for Premium. A trial always lasts 7 days; Lifetime does not end.',
    }),
  ),
  reason: Type.Optional(Reason),
});
export type GrantBody = Static<typeof GrantBody>;

export const RevokeBody = Type.Object({ user_id: Id('The user.'), reason: Reason });
export type RevokeBody = Static<typeof RevokeBody>;

export const ActiveQuery = t.Object({
  tier: t.Optional(
    WholeNumber({ minimum: 1, maximum: 3, description: 'Only this tier: 1 Trial, 2 Premium, 3 Lifetime.' }),
  ),
});

export const Subscriber = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    tier: Type.Integer({ minimum: 1, maximum: 3 }),
    expires_at: Nullable(Time()),
    is_active: Type.Boolean(),
  },
  { title: 'Subscriber' },
);
export type Subscriber = Static<typeof Subscriber>;

export const Subscribers = Type.Object({ users: Type.Array(Subscriber) }, { title: 'Subscribers' });
export type Subscribers = Static<typeof Subscribers>;
