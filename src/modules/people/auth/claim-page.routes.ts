import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import type { Pages } from '../../../http/pages.ts';
import type { Instance } from '../public-key/public-key.service.ts';
import type { Auth } from './auth.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  pages: Pages;
  auth: Pick<Auth, 'hasOwner'>;
  instance: Pick<Instance, 'publicKey'>;
};

/** The page behind the link that the server prints at its first start: a name, and the instance has its Owner. */
export const claimPageRoutes = ({ access, pages, auth, instance }: Deps) =>
  new Elysia({ name: 'claim-page' }).use(access).get(
    '/claim',
    async ({ request }) => {
      if (await auth.hasOwner()) return pages.answer(request, 'claimed');
      return pages.answer(request, 'claim', { PUBLIC_KEY: instance.publicKey() });
    },
    { open: 'PUBLIC', page: { trustedTypes: 'none' }, detail: { hide: true } },
  );
