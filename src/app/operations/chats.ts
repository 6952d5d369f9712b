import { Type } from '@sinclair/typebox';
import { CONSOLE, Level } from '../../core/principal.ts';
import { chatErrors } from '../../modules/chats/chats/chats.errors.ts';
import { OfficialChatBody } from '../../modules/instance/chat-management/chat-management.model.ts';
import { findFirstOfLevel } from '../../modules/people/users/users.repository.ts';
import type { Portal } from '../create-portal.ts';
import { idOf, type Operation, operation } from './operation.ts';

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const username = Type.String({ minLength: 1, maxLength: 64 });

/** An official chat belongs to the named user, or else to the first Owner. */
async function ownerOfOfficial(portal: Portal, owner: string | undefined): Promise<number> {
  if (owner !== undefined) return idOf(portal, owner);
  const first = await findFirstOfLevel(portal.database.read, Level.Owner);
  if (first === undefined) throw chatErrors.noOwner();
  return first;
}

/** Chats, as Admins and Owners manage them. */
export const chatOperations: readonly Operation[] = [
  operation({
    name: 'chat.list',
    args: Type.Object({ offset: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    run: async ({ modules: { chatManagement } }, page) => (await chatManagement.list(CONSOLE, page)).items,
  }),
  operation({
    name: 'chat.show',
    args: Type.Object({ id }),
    run: ({ modules: { chatManagement } }, { id: chatId }) => chatManagement.show(CONSOLE, chatId),
  }),
  operation({
    name: 'chat.delete',
    args: Type.Object({ id }),
    async run({ modules: { chatManagement, chatDeletion } }, { id: chatId }) {
      const done = await chatManagement.delete(CONSOLE, chatId);
      // There may be no server, whose job would do it.
      await chatDeletion.purgeDeleted();
      return done;
    },
  }),
  operation({
    name: 'chat.transfer',
    args: Type.Object({ id, to: username }),
    async run(portal, { id: chatId, to }) {
      return portal.modules.chatManagement.transfer(CONSOLE, chatId, await idOf(portal, to));
    },
  }),
  operation({
    name: 'chat.create-official',
    args: Type.Object({ ...OfficialChatBody.properties, owner: Type.Optional(username) }),
    async run(portal, { owner, ...body }) {
      const ownerId = await ownerOfOfficial(portal, owner);
      return portal.modules.chatManagement.createOfficial(CONSOLE, ownerId, body);
    },
  }),
];
