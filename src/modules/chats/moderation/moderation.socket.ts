import { Type } from '@sinclair/typebox';
import { userHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import { ChatBanBody } from './moderation.model.ts';
import type { Moderation } from './moderation.service.ts';

export const moderationHandlers = ({ moderation }: { moderation: Moderation }) => [
  userHandler({
    event: 'room:kick',
    payload: Type.Object({ chat_id: Id(), ban: Type.Optional(Type.Boolean()), ...ChatBanBody.properties }),
    async run({ principal }, { chat_id, ban, ...body }) {
      if (ban) await moderation.ban(principal, chat_id, body);
      else await moderation.kick(principal, chat_id, body.user_id, body.reason ?? null);
    },
  }),
];
