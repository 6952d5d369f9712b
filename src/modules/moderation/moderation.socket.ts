import { Type } from '@sinclair/typebox';
import { Id } from '../../http/models.ts';
import { userHandler } from '../../realtime/handlers.ts';
import { KickBody } from './moderation.model.ts';
import type { Moderation } from './moderation.service.ts';

export const moderationHandlers = ({ moderation }: { moderation: Moderation }) => [
  userHandler({
    event: 'room:kick',
    payload: Type.Object({
      chat_id: Id(),
      ...KickBody.properties,
      // A kick in place of the ban that was asked for would be worse than none.
      ban: Type.Optional(Type.Literal(false, { says: 'is not offered by this server: only a kick is' })),
    }),
    run: ({ principal }, { chat_id, user_id, reason }) => moderation.kick(principal, chat_id, user_id, reason ?? null),
  }),
];
