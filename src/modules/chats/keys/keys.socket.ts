import { Type } from '@sinclair/typebox';
import { guestHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import type { E2ee } from './keys.service.ts';

const Epoch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

const KeySharePayload = Type.Object({
  chat_id: Id(),
  epoch: Epoch,
  keys: Type.Array(
    Type.Object({ session_id: Type.String({ minLength: 1, maxLength: 64 }), blob: Type.String({ maxLength: 256 }) }),
    {
      maxItems: 256,
    },
  ),
});

export const e2eeHandlers = ({ e2ee }: { e2ee: E2ee }) => [
  guestHandler({
    event: 'portal:key_share',
    payload: KeySharePayload,
    async run({ principal }, { chat_id, epoch, keys }) {
      const { accepted, rejected } = await e2ee.shareKeys(principal, { chatId: chat_id, epoch, keys });
      return { accepted, rejected };
    },
  }),
  guestHandler({
    event: 'portal:key_rejected',
    payload: Type.Object({ chat_id: Id(), epoch: Epoch }),
    run: ({ principal }, { chat_id, epoch }) => e2ee.rejectKey(principal, chat_id, epoch),
  }),
];
