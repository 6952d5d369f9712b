import { Elysia } from 'elysia';
import style from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' };
import script from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' };
import { NAME, VERSION } from '../core/version.ts';
import type { accessPlugin } from './access.plugin.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${NAME} API</title>
<link rel="icon" href="/avatars/discord_0.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css?${VERSION}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui.js?${VERSION}"></script>
<script src="/docs/start.js?${VERSION}"></script>
</body>
</html>
`;

const START = `document.documentElement.classList.toggle('dark-mode', matchMedia('(prefers-color-scheme: dark)').matches);
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;

type Deps = { access: ReturnType<typeof accessPlugin>; document(): object };

/** The API's description, and Swagger UI to read it and try it: embedded, so that nothing is loaded from elsewhere. */
export const docsRoutes = ({ access, document }: Deps) => {
  const hidden = { open: 'PUBLIC' as const, detail: { hide: true } };
  const cached = { 'cache-control': 'public, max-age=86400' };
  return new Elysia({ name: 'docs' })
    .use(access)
    .get('/openapi.json', () => Response.json(document()), hidden)
    .get('/docs', () => new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } }), hidden)
    .get(
      '/docs/start.js',
      () => new Response(START, { headers: { 'content-type': 'text/javascript', ...cached } }),
      hidden,
    )
    .get('/docs/swagger-ui.js', () => file(script, 'text/javascript'), hidden)
    .get('/docs/swagger-ui.css', () => file(style, 'text/css'), hidden);

  function file(path: string, type: string): Response {
    return new Response(Bun.file(path), { headers: { 'content-type': type, ...cached } });
  }
};
