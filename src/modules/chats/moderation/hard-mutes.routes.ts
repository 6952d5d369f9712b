import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Ok } from '../../../wire/models.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import { MuteBody, TargetBody } from './moderation.model.ts';
import type { Muting } from './muting.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; muting: Muting };

const DONE = { ok: true } as const;
const fails = [sanctionErrors.self, sanctionErrors.outranked, userErrors.notFound];

export const hardMutesRoutes = ({ access, muting }: Deps) =>
  new Elysia({ name: 'hard-mutes', prefix: '/v1/portal', tags: ['Moderation'] })
    .use(access)
    .post(
      '/hard-mute',
      async ({ principal, body }) => {
        await muting.hardMute(principal, body);
        return DONE;
      },
      {
        admin: 'AUTH',
        body: MuteBody,
        response: { 200: Ok },
        detail: describe({
          operationId: 'hardMute',
          summary: 'Let someone say nothing in any chat for a time',
          description: 'Direct chats are no exception. It takes the place of a mute in every chat that holds.',
          fails,
          example: { user_id: 42, duration: 3600, reason: 'Shouting everywhere' },
        }),
      },
    )
    .post(
      '/hard-unmute',
      async ({ principal, body }) => {
        await muting.hardUnmute(principal, body);
        return DONE;
      },
      {
        admin: 'AUTH',
        body: TargetBody,
        response: { 200: Ok },
        detail: describe({
          operationId: 'hardUnmute',
          summary: 'End someone’s mute in every chat',
          description: 'Mutes in single chats hold on. Nothing happens to someone who is not muted in every chat.',
          fails,
          example: { user_id: 42 },
        }),
      },
    );
