import type { PageName } from '../web/pages.ts';
import { fileResponse, REVALIDATED, textFile, type WebFile, type WebFiles } from './web-files.ts';

/** What a page is told: `{ PUBLIC_KEY }` goes where its HTML says `__PUBLIC_KEY__`. */
export type PageValues = Record<string, string>;

export type Pages = {
  /** Answers with a page. */
  answer(request: Request, name: PageName, values?: PageValues): Promise<Response>;
};

/** Pages are filled in and compressed once for the same values. */
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
  };
}
