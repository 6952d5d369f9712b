import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { credentialsOf } from '../../../http/credentials.ts';
import type { Pages } from '../../../http/pages.ts';
import type { Viewer } from './viewer.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; pages: Pages; viewer: Viewer };

/** What people read instead of the page, by the code of the refusal. The server's own sentence serves for the rest. */
const SENTENCES: Record<string, string> = {
  ERR_UNAUTHENTICATED: 'You are not signed in. Sign in, then open this page again.',
  ERR_ACCOUNT_REQUIRED: 'Shared browsers are for people with an account.',
  ERR_NOT_FOUND: 'This chat does not exist, or it is not open to you.',
  ERR_DIRECT_CHAT: 'A direct chat has no shared browser.',
};

/** The page that shows a chat's browser and takes input: by itself, or in a frame of a client on this origin. */
export const viewerPageRoutes = ({ access, pages, viewer }: Deps) =>
  new Elysia({ name: 'viewer-page' }).use(access).get(
    '/v1/portal/chats/:chat_id/browser/',
    async ({ request, params }) => {
      const chatId = /^[1-9]\d{0,15}$/.test(params.chat_id) ? Number(params.chat_id) : Number.NaN;
      const refusal = await viewer.refusalOf(credentialsOf(request.headers).tokens, chatId);
      if (!refusal) return pages.answer(request, 'viewer');
      const sentence = SENTENCES[refusal.errorCode] ?? `${refusal.message}.`;
      return pages.refuse('refused', { SENTENCE: sentence }, refusal.status);
    },
    { open: 'PUBLIC', page: { framedBy: "'self'", trustedTypes: 'none' }, detail: { hide: true } },
  );
