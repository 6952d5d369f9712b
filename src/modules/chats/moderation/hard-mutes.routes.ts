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
const fails = [sanctionErrors.self, userErrors.outranked, userErrors.notFound];

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
          summary: 'Mute someone in every chat',
          description: 'Includes direct chats. Replaces a platform-wide mute already in force.',
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
          summary: 'Lift someone’s mute in every chat',
          description: 'Mutes in single chats stay in force. Does nothing if they are not muted in every chat.',
          fails,
          example: { user_id: 42 },
        }),
      },
    );
