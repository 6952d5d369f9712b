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
  chatErrors.direct,
  chatErrors.banned,
  sanctionErrors.self,
  sanctionErrors.notModerator,
  userErrors.outranked,
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
          summary: 'Kick someone from a chat',
          description: 'Ends their membership and changes the chat’s key, so that they cannot read further messages.',
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
          summary: 'Ban someone from a chat',
          description:
            'Works like a kick, and keeps them out until the ban ends or is lifted. They need not be in the chat. Replaces a ban already in force.',
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
          summary: 'Lift a ban from a chat',
          description: 'Does nothing if they are not banned. To return to a private chat they need a new invite.',
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
          summary: 'Mute someone in a chat',
          description: 'They can still read. Replaces a mute already in force in this chat.',
          fails: [...targeted, chatErrors.direct],
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
          summary: 'Unmute someone in a chat',
          description: 'A mute in every chat stays in force. Does nothing if they are not muted here.',
          fails: [...targeted, chatErrors.direct],
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
            'Adds a warning to their platform-wide record, notifies them, and posts a system message. Chat owners without a staff level can warn only people who were in the chat within the last day, three times per hour each.',
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
          summary: 'Time someone out',
          description:
            'Staff: a platform-wide timeout, within their own powers. A chat owner without a staff level: a temporary ban from this chat.',
          fails: [...targeted, sanctionErrors.alreadyBanned, sanctionErrors.endsEarlier, userErrors.lastOwner],
          example: { user_id: 42, duration: 3600, reason: 'Cool down' },
        }),
      },
    );
