import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Ok } from '../../../wire/models.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { ChatBanBody, ChatTimeoutBody, KickBody, MuteBody, TargetBody } from './moderation.model.ts';
import type { Moderation } from './moderation.service.ts';
import type { Muting } from './muting.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; moderation: Moderation; muting: Muting };

const DONE = { ok: true } as const;
const targeted = [
  chatErrors.notFound,
  chatErrors.banned,
  sanctionErrors.self,
  sanctionErrors.notModerator,
  sanctionErrors.outranked,
  userErrors.notFound,
];
const base = { signedIn: 'AUTH', params: ChatIdParams, response: { 200: Ok } } as const;

export const moderationRoutes = ({ access, moderation, muting }: Deps) =>
  new Elysia({ name: 'moderation', prefix: '/v1/portal/chats/:chat_id', tags: ['Moderation'] })
    .use(access)
    .post(
      '/kick',
      async ({ principal, params, body }) => {
        await moderation.kick(principal, params.chat_id, body.user_id, body.reason ?? null);
        return DONE;
      },
      {
        ...base,
        body: KickBody,
        detail: describe({
          operationId: 'kickMember',
          summary: 'Put someone out of a chat',
          description: 'Their membership ends, and the chat gets a new key: they cannot read on.',
          fails: [...targeted, sanctionErrors.notInChat],
          example: { user_id: 42, reason: 'Spoilers' },
        }),
      },
    )
    .post(
      '/ban',
      async ({ principal, params, body }) => {
        await moderation.ban(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: ChatBanBody,
        detail: describe({
          operationId: 'banFromChat',
          summary: 'Keep someone out of a chat',
          description:
            'As a kick, and no way back in until the ban ends or is lifted. Whom it is against need not be there. It takes the place of a ban that holds.',
          fails: targeted,
          example: { user_id: 42, duration: 86_400, reason: 'Spoilers again' },
        }),
      },
    )
    .post(
      '/unban',
      async ({ principal, params, body }) => {
        await moderation.unban(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: TargetBody,
        detail: describe({
          operationId: 'unbanFromChat',
          summary: 'Let someone into a chat again',
          description: 'Nothing happens to someone whom no ban keeps out. A private chat takes an invite besides.',
          fails: targeted,
          example: { user_id: 42 },
        }),
      },
    )
    .post(
      '/mute',
      async ({ principal, params, body }) => {
        await muting.mute(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: MuteBody,
        detail: describe({
          operationId: 'muteInChat',
          summary: 'Let someone say nothing in a chat for a time',
          description: 'They may read on. It takes the place of a mute in this chat that holds.',
          fails: [...targeted, sanctionErrors.direct],
          example: { user_id: 42, duration: 600, reason: 'Shouting' },
        }),
      },
    )
    .post(
      '/unmute',
      async ({ principal, params, body }) => {
        await muting.unmute(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: TargetBody,
        detail: describe({
          operationId: 'unmuteInChat',
          summary: 'Let someone speak in a chat again',
          description: 'A mute in every chat holds on. Nothing happens to someone who is not muted here.',
          fails: [...targeted, sanctionErrors.direct],
          example: { user_id: 42 },
        }),
      },
    )
    .post(
      '/warn',
      async ({ principal, params, body }) => {
        await moderation.warn(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: TargetBody,
        detail: describe({
          operationId: 'warnInChat',
          summary: 'Warn someone in a chat',
          description:
            'It goes on their record for the whole platform, they are told by a notification, and the chat by a system message. A chat’s owner who is no staff warns only people who were there within a day, three times an hour each.',
          fails: [...targeted, sanctionErrors.notLately],
          example: { user_id: 42, reason: 'Keep it civil' },
        }),
      },
    )
    .post(
      '/timeout',
      async ({ principal, params, body }) => {
        await moderation.timeout(principal, params.chat_id, body);
        return DONE;
      },
      {
        ...base,
        body: ChatTimeoutBody,
        detail: describe({
          operationId: 'timeOutInChat',
          summary: 'Let someone do nothing for a time',
          description:
            'By staff it is a timeout on the whole platform, as far as they may give one. By a chat’s owner who is no staff it is a ban of that length from this chat.',
          fails: [...targeted, sanctionErrors.alreadyBanned, sanctionErrors.endsEarlier, sanctionErrors.lastOwner],
          example: { user_id: 42, duration: 3600, reason: 'Cool down' },
        }),
      },
    );
