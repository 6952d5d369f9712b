import { Elysia } from 'elysia';
import type { accessPlugin } from './access.plugin.ts';
import type { Pages } from './pages.ts';
import { fileResponse, textFile, type WebFile } from './web-files.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; pages: Pages; document(): object };

/** The OpenAPI document, and Swagger UI for it. Both are embedded: nothing is loaded from elsewhere. */
export const docsRoutes = ({ access, pages, document }: Deps) => {
  const hidden = { open: 'PUBLIC' as const, detail: { hide: true } };
  let description: WebFile | undefined;
  return new Elysia({ name: 'docs' })
    .use(access)
    .get(
      '/openapi.json',
      ({ request }) => {
        description ??= textFile('application/json', JSON.stringify(document()));
        return fileResponse(request, description, 'no-cache');
      },
      hidden,
    )
    .get('/docs', ({ request }) => pages.answer(request, 'docs'), hidden);
};
