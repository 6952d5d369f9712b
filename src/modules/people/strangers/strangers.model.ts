import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, OneOf, Page, Paragraph, Time } from '../../../wire/models.ts';

const LONGEST_BLOCK_S = 3650 * 86_400;

export const Arrived = Type.Object(
  { alias: Type.String(), expires_at: Time('When the session ends unless it is used to search or talk.') },
  { title: 'Stranger', description: 'Who you are for now. The session is set as a cookie.' },
);
export type Arrived = Static<typeof Arrived>;

export const StrangerParams = t.Object({
  signature: t.String({
    pattern: '^[0-9a-f]{16}$',
    says: 'must be 16 hexadecimal digits',
    description: 'The signature of the stranger.',
  }),
});

export const BlockBody = Type.Object({
  reason: Type.Optional(Paragraph({ maxLength: 500 })),
  duration: Type.Optional(
    Type.Integer({ minimum: 0, maximum: LONGEST_BLOCK_S, default: 0, description: 'In seconds; 0 for no end.' }),
  ),
});
export type BlockBody = Static<typeof BlockBody>;

export const StrangersQuery = t.Object({ ...Page(100, 500) });
export type StrangersQuery = Static<typeof StrangersQuery>;

export const ListedStranger = Type.Object(
  {
    signature: Type.String({ description: 'Identifies the stranger while their session lasts.' }),
    alias: Type.String({ description: 'The session’s own. In each chat they have another one.' }),
    country_code: Nullable(Type.String({ description: 'By the address; null if unknown.' })),
    state: OneOf(['idle', 'searching', 'matched']),
    since: Time('The start of that state.'),
    blocked: Nullable(
      Type.Object({
        until: Nullable(Time('Null for no end.')),
        reason: Nullable(Type.String()),
      }),
    ),
  },
  { title: 'ListedStranger' },
);
export type ListedStranger = Static<typeof ListedStranger>;
