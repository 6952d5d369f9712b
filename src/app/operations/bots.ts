import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { BOT_TYPES, Platform } from '../../modules/people/bots/bots.model.ts';
import { Name } from '../../wire/models.ts';
import { idOf, type Operation, operation } from './operation.ts';

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** Bots, as Admins manage them, regardless of their owner. */
export const botOperations: readonly Operation[] = [
  operation({
    name: 'bot.create',
    args: Type.Object({
      name: Name(32),
      platform: Platform,
      owner: Type.String({ minLength: 1, maxLength: 64 }),
      rate_limit_per_hour: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    }),
    async run(portal, { owner, ...body }) {
      const owner_id = await idOf(portal, owner);
      const { bot, api_key } = await portal.modules.botManagement.register(CONSOLE, { ...body, owner_id });
      return { bot, api_key };
    },
  }),
  operation({
    name: 'bot.list',
    args: Type.Object({ offset: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    run: async ({ modules: { botManagement } }, page) => (await botManagement.list(CONSOLE, page)).items,
  }),
  operation({
    name: 'bot.set-type',
    args: Type.Object({ id, type: Type.Union(BOT_TYPES.map((type) => Type.Literal(type))) }),
    run: ({ modules: { botManagement } }, { id: botId, type }) =>
      botManagement.update(CONSOLE, botId, { bot_type: type }),
  }),
  operation({
    name: 'bot.rotate-key',
    args: Type.Object({ id }),
    async run({ modules: { botManagement } }, { id: botId }) {
      const { bot, api_key } = await botManagement.regenerateKey(CONSOLE, botId);
      return { bot, api_key };
    },
  }),
  operation({
    name: 'bot.delete',
    args: Type.Object({ id }),
    run: ({ modules: { botManagement } }, { id: botId }) => botManagement.delete(CONSOLE, botId),
  }),
];
