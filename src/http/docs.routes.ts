import { Elysia } from 'elysia';
import { notFound } from '../core/errors.ts';
import type { accessPlugin } from './access.plugin.ts';
import type { Pages } from './pages.ts';
import { fileResponse, REVALIDATED, textFile, type WebFile, type WebFiles } from './web-files.ts';

const noSuchDocument = notFound.saying('No such document');

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  pages: Pages;
  web: WebFiles;
  openApi(): object;
  asyncApi(): object;
};

/** The OpenAPI and AsyncAPI documents, Swagger UI for the first, and the documents for authors of clients. Nothing is loaded from elsewhere. */
export const docsRoutes = ({ access, pages, web, openApi, asyncApi }: Deps) => {
  const hidden = { open: 'PUBLIC' as const, detail: { hide: true } };
  const made = new Map<string, WebFile>();

  function answer(request: Request, name: string, document: () => object): Response {
    const file = made.get(name) ?? textFile('application/json', JSON.stringify(document()));
    made.set(name, file);
    return fileResponse(request, file, 'no-cache');
  }

  return new Elysia({ name: 'docs' })
    .use(access)
    .get('/openapi.json', ({ request }) => answer(request, 'openapi', openApi), hidden)
    .get('/asyncapi.json', ({ request }) => answer(request, 'asyncapi', asyncApi), hidden)
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
