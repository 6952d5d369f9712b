import type { PageName } from '../web/pages.ts';
import { fileResponse, REVALIDATED, textFile, type WebFile, type WebFiles } from './web-files.ts';

/** Values for the placeholders of a page: `PUBLIC_KEY` replaces `__PUBLIC_KEY__`. */
export type PageValues = Record<string, string>;

export type Pages = {
  /** Responds with a page. */
  answer(request: Request, name: PageName, values?: PageValues): Promise<Response>;
  /** Responds with a page that says why there is nothing else to see. It is not kept. */
  refuse(name: PageName, values: PageValues, status: number): Promise<Response>;
};

/** Serves the built pages. A page is filled in and compressed once per set of values. */
export function createPages(web: WebFiles): Pages {
  const filled = new Map<PageName, { key: string; file: WebFile }>();

  async function fileOf(name: PageName, values: PageValues): Promise<WebFile> {
    const key = JSON.stringify(values);
    const known = filled.get(name);
    if (known?.key === key) return known.file;
    const built = await web.find(`${name}.html`);
    if (!built) throw new Error(`the page ${name} was not built`);
    const html = new TextDecoder().decode(built.bodies.identity);
    const file = textFile(
      'text/html; charset=utf-8',
      html.replace(/__([A-Z_]+)__/g, (_, value: string) => Bun.escapeHTML(values[value] ?? '')),
    );
    filled.set(name, { key, file });
    return file;
  }

  return {
    answer: async (request, name, values = {}) => fileResponse(request, await fileOf(name, values), REVALIDATED),
    async refuse(name, values, status) {
      const { type, bodies } = await fileOf(name, values);
      return new Response(bodies.identity, { status, headers: { 'content-type': type, 'cache-control': 'no-store' } });
    },
  };
}
