import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import type { Pages } from '../../../http/pages.ts';
import type { PublicKey } from '../public-key/public-key.service.ts';
import type { Auth } from './auth.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  pages: Pages;
  auth: Pick<Auth, 'hasOwner'>;
  publicKey: Pick<PublicKey, 'current'>;
};

/** The page behind the claim link, where the first Owner chooses a name. */
export const claimPageRoutes = ({ access, pages, auth, publicKey }: Deps) =>
  new Elysia({ name: 'claim-page' }).use(access).get(
    '/claim',
    async ({ request }) => {
      if (await auth.hasOwner()) return pages.answer(request, 'claimed');
      return pages.answer(request, 'claim', { PUBLIC_KEY: publicKey.current() });
    },
    { open: 'PUBLIC', page: { trustedTypes: 'none' }, detail: { hide: true } },
  );
