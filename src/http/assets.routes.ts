import { Elysia } from 'elysia';
import { notFound } from '../core/errors.ts';
import type { accessPlugin } from './access.plugin.ts';
import { fileResponse, IMMUTABLE, type WebFiles } from './web-files.ts';

const noSuchFile = notFound.saying('No such file');

type Deps = { access: ReturnType<typeof accessPlugin>; web: WebFiles };

/** Scripts, styles, pictures and fonts of the pages. Their names contain a hash, so browsers cache them for good. */
export const assetsRoutes = ({ access, web }: Deps) =>
  new Elysia({ name: 'assets' }).use(access).get(
    '/assets/:file',
    async ({ request, params: { file } }) => {
      const found = await web.find(`assets/${file}`);
      if (!found) throw noSuchFile();
      return fileResponse(request, found, IMMUTABLE);
    },
    { uncounted: true, detail: { hide: true } },
  );
