import { Elysia } from 'elysia';
import { notFound } from '../core/errors.ts';
import type { accessPlugin } from './access.plugin.ts';
import type { Pages } from './pages.ts';
import { fileResponse, REVALIDATED, textFile, type WebFile, type WebFiles } from './web-files.ts';

const noSuchDocument = notFound.saying('No such document');

type Deps = { access: ReturnType<typeof accessPlugin>; pages: Pages; web: WebFiles; document(): object };

/** The OpenAPI document, Swagger UI for it, and the documents for authors of clients. Nothing is loaded from elsewhere. */
export const docsRoutes = ({ access, pages, web, document }: Deps) => {
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
    .get('/docs', ({ request }) => pages.answer(request, 'docs'), hidden)
    .get(
      '/docs/:document',
      async ({ request, params }) => {
        const { document: name } = params;
        const found = await web.find(/\.(?!html)\w+$/.test(name) ? `docs/${name}` : `docs/${name}.html`);
        if (!found) throw noSuchDocument();
        return fileResponse(request, found, REVALIDATED);
      },
      hidden,
    );
};
