import { type Static, Type } from '@sinclair/typebox';
import { Nullable, OneOf, Paragraph, Title } from '../../../wire/models.ts';

export const About = Type.Object(
  {
    name: Type.String({ description: 'What the instance calls itself.' }),
    welcome: Type.String({ description: 'A few words for people who come in; empty until an Owner writes them.' }),
    claimed: Type.Boolean({ description: 'Whether there is an Owner.' }),
    version: Type.String(),
    strangers: Type.Boolean({ description: 'Whether people can come without an account.' }),
    registration: OneOf(['open', 'invited', 'closed'], 'Who can create an account.'),
    signed_in: Nullable(OneOf(['user', 'stranger'], 'Who the session belongs to; null without a valid one.')),
  },
  { title: 'About', description: 'What a client shows before anyone has signed in.' },
);
export type About = Static<typeof About>;

export const UpdateInstanceBody = Type.Object({
  name: Type.Optional(Title({ minLength: 1, maxLength: 64 })),
  welcome: Type.Optional(Paragraph({ maxLength: 500, description: 'Empty for none.' })),
});
export type UpdateInstanceBody = Static<typeof UpdateInstanceBody>;
