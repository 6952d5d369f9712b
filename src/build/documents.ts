import { dirname, join, normalize, resolve } from 'node:path';
import { DOCUMENT_FILES, DOCUMENTS } from '../web/documents.ts';

const ROOT = resolve(import.meta.dir, '../..');

/** Where the instance serves a file of the repository; the others are not linked. */
const ADDRESSES = new Map<string, string>(
  [...Object.entries(DOCUMENTS), ...Object.entries(DOCUMENT_FILES)].map(([name, source]) => [source, `/docs/${name}`]),
);

function readDocuments(): Promise<Document[]> {
  return Promise.all(
    Object.entries(DOCUMENTS).map(async ([name, source]) => {
      const markdown = await Bun.file(join(ROOT, source)).text();
      return { name, source, markdown, title: /^# (.+)$/m.exec(markdown)?.[1] ?? name };
    }),
  );
}

/** The page of the API with its links to the documents. */
export async function withNavigation(html: string): Promise<string> {
  return html.replace('%NAVIGATION%', navigation(await readDocuments(), '/docs'));
}

/** Makes the pages of the documents from their Markdown, and gives them with the files that they refer to, by path. */
export async function documentPages(template: string): Promise<[path: string, content: string][]> {
  const documents = await readDocuments();
  const pages = documents.map((one): [string, string] => [`docs/${one.name}.html`, pageOf(template, one, documents)]);
  const files = Object.entries(DOCUMENT_FILES).map(
    async ([name, source]): Promise<[string, string]> => [`docs/${name}`, await Bun.file(join(ROOT, source)).text()],
  );
  return [...pages, ...(await Promise.all(files))];
}

type Document = { name: string; source: string; title: string; markdown: string };

function pageOf(template: string, { name, source, title, markdown }: Document, all: readonly Document[]): string {
  // A link that bears the name of a file gets the title of its page.
  const titled = markdown.replace(/\[([\w./-]+\.md)\]\(([^)#]+)/g, (link, _, path: string) => {
    const target = all.find((one) => one.source === pathFrom(source, path));
    return target ? `[${target.title}](${path}` : link;
  });
  const html = Bun.markdown.html(titled, { headings: { ids: true } });
  const headings = headingsOf(html);
  const values: Record<string, string> = {
    NAVIGATION: navigation(all, `/docs/${name}`),
    TITLE: Bun.escapeHTML(title),
    CONTENTS: contentsOf(headings.filter(({ level }) => level === 2 || level === 3)),
    CONTENT: linked(html, source),
  };
  return template.replace(/%(NAVIGATION|TITLE|CONTENTS|CONTENT)%/g, (_, key: string) => values[key] ?? '');
}

function navigation(documents: readonly Document[], here: string): string {
  const links = [
    ['/docs', 'API'],
    ...documents.map(({ name, title }) => [`/docs/${name}`, Bun.escapeHTML(title)]),
    ['/openapi.json', 'OpenAPI'],
    ['/asyncapi.json', 'AsyncAPI'],
  ];
  const current = (address = '') => (address === here ? ' aria-current="page"' : '');
  return links.map(([address, title]) => `<a href="${address}"${current(address)}>${title}</a>`).join('\n');
}

type Heading = { level: number; id: string; html: string };

function headingsOf(html: string): Heading[] {
  const found = html.matchAll(/<h([1-6]) id="([^"]*)">(.*?)<\/h\1>/gs);
  return [...found].map(([, level, id = '', inner = '']) => ({ level: Number(level), id, html: inner }));
}

/** A list of the sections, with their own sections below them. */
function contentsOf(headings: readonly Heading[]): string {
  const sections: { heading: Heading; below: Heading[] }[] = [];
  for (const heading of headings) {
    const last = sections.at(-1);
    if (heading.level === 3 && last) last.below.push(heading);
    else sections.push({ heading, below: [] });
  }
  const link = ({ id, html }: Heading) => `<a href="#${id}">${html.replace(/<\/?a\b[^>]*>/g, '')}</a>`;
  const list = (items: readonly string[]) =>
    items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
  return list(sections.map(({ heading, below }) => link(heading) + list(below.map(link))));
}

/** Links lead to what the instance serves; a link to anything else of the repository becomes plain text. */
function linked(html: string, source: string): string {
  return new HTMLRewriter()
    .onDocument({ comments: (comment) => void comment.remove() })
    .on('a[href]', {
      element(link) {
        const address = addressOf(link.getAttribute('href') ?? '', source);
        if (address === undefined) link.removeAndKeepContent();
        else link.setAttribute('href', address);
      },
    })
    .on('table', {
      element(table) {
        table.before('<div class="wide">', { html: true });
        table.after('</div>', { html: true });
      },
    })
    .transform(html);
}

function addressOf(href: string, source: string): string | undefined {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const address = ADDRESSES.get(pathFrom(source, path));
  return address && (anchor === undefined ? address : `${address}#${anchor}`);
}

const pathFrom = (source: string, path: string) => normalize(join(dirname(source), path));
